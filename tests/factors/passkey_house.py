"""The service of passkeys behind short names, each call in a request of its own."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from sqlalchemy import select

from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base.database import session
from idp.base.outcome import Reason, Refused
from idp.factors import passkeys, service
from idp.factors.models import Passkey
from tests.factories import Person, Provider
from tests.factors.authenticator import Authenticator

HERE, ELSEWHERE = "this browser", "another browser"


class House:
    """Registers and shows passkeys, each in a request of its own."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def authenticator(self, **changes: Any) -> Authenticator:
        """Return a new authenticator at the right origin."""
        return Authenticator("http://localhost:5000", **changes)

    def register(self, person: Person, key: Authenticator, browser: str = HERE, **changes: Any) -> Reason | None:
        """Register a passkey; return the reason of a refusal."""
        name = changes.pop("name", "Key")
        with self.provider.account(person) as account:
            options = passkeys.registration_options(account, HERE)
            row = service.register_passkey(account, key.create(options, **changes), name, browser=browser, source="s")
            return row.reason if isinstance(row, Refused) else None

    def register_while(self, person: Person, act: Callable[[], Any]) -> Any:
        """Register a passkey, and let another thread begin to act before that is committed; return what it returns."""
        with ThreadPoolExecutor(1) as pool:
            with self.provider.account(person) as account:
                made = self.authenticator().create(passkeys.registration_options(account, HERE))
                assert isinstance(service.register_passkey(account, made, "Key", browser=HERE, source="s"), Passkey)
                acting = pool.submit(act)
                time.sleep(0.3)
            return acting.result(30)

    def options(self, person: Person | None = None, browser: str = HERE) -> str:
        """Return a challenge, for any passkey or for one of somebody's."""
        with self.provider.working():
            account = session().get(Account, person.id) if person else None
            return passkeys.request_options(browser, account)

    def sign_in(self, credential: str, browser: str = HERE) -> "str | Reason":
        """Sign in with a passkey alone; return the address of who signed in, or the reason of the refusal."""
        with self.provider.working():
            shown = service.sign_in_with_passkey(credential, browser=browser, source="s")
            return shown.reason if isinstance(shown, Refused) else shown[0].email

    def confirm(self, person: Person, credential: str, browser: str = HERE) -> "list[str] | Reason":
        """Show a passkey as the second factor; return the authentication methods, or the reason of the refusal."""
        with self.provider.account(person) as account:
            shown = service.check_passkey(account, credential, browser=browser, source="s")
            return shown.reason if isinstance(shown, Refused) else shown

    def events(self, event: str, outcome: str) -> list[str | None]:
        """Return whose events of a kind there are."""
        with self.provider.working():
            query = select(AuditEvent.subject).where(AuditEvent.event == event, AuditEvent.outcome == outcome)
            return list(session().scalars(query))

    def rows(self) -> list[Passkey]:
        """Return every passkey."""
        with self.provider.working():
            return list(session().scalars(select(Passkey)))


def at_once(times: int, act: Callable[[int], Any]) -> list[Any]:
    """Run something in parallel threads, each when all are ready."""
    ready = Barrier(times)

    def wait_and_act(number: int) -> Any:
        ready.wait(30)
        return act(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(wait_and_act, range(times)))
