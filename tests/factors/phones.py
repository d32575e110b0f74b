"""Authenticator apps of people in tests, each call in a request of its own, and a clock that stands well inside a time-step."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pyotp

from idp.base import clock
from idp.base.outcome import Reason, Refused
from idp.factors import service, totp
from tests.factories import Person, Provider

STEP = timedelta(seconds=totp.STEP)


@contextmanager
def mid_step() -> Iterator[None]:
    """Move the clock to ten seconds after the beginning of a time-step, so that it does not end while a test looks at it."""
    with clock.moved(timedelta(seconds=totp.STEP + 10 - clock.now().timestamp() % totp.STEP)):
        yield


@dataclass(frozen=True)
class Phone:
    """One authenticator app, by the secret that was typed into it."""

    provider: Provider
    person: Person
    id: str
    secret: str

    def code(self, steps: int = 0) -> str:
        """Return the code of the present time-step, or of one that is so many steps away."""
        present = int(clock.now().timestamp()) // totp.STEP
        return pyotp.TOTP(self.secret).generate_otp(present + steps)

    def confirm(self, code: str, name: str = "Phone", source: str = "192.0.2.1") -> Reason | None:
        """Type a first code into the page that shows the secret; return the reason of a refusal."""
        with self.provider.account(self.person) as account:
            row = totp.find_started(account.id, self.id)
            if row is None:
                return Reason.UNKNOWN
            refused = service.confirm_authenticator(account, row, code, name, source=source)
            return refused.reason if refused is not None else None


def begin(provider: Provider, person: Person) -> Phone:
    """Begin to enrol an authenticator app."""
    with provider.account(person) as account:
        row = totp.start(account)
        assert not isinstance(row, Refused), row
        return Phone(provider, person, row.id, totp.typed_secret(row).replace(" ", ""))


def enrol(provider: Provider, person: Person, name: str = "Phone") -> Phone:
    """Enrol an authenticator app ten minutes ago, so that none of its present codes is spent."""
    with clock.moved(-timedelta(minutes=10)):
        phone = begin(provider, person)
        assert phone.confirm(phone.code(), name) is None
    return phone


def check(provider: Provider, person: Person, code: str, source: str = "192.0.2.1") -> Reason | None:
    """Show a code at some door; return the reason of a refusal."""
    with provider.account(person) as account:
        shown = service.check_code(account, code, source=source)
        return shown.reason if isinstance(shown, Refused) else None
