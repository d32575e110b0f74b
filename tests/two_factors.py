"""People with an authenticator app, and what they type: for every test that needs two factors."""

from dataclasses import dataclass
from datetime import timedelta

import pyotp

from idp import sessions
from idp.accounts import lookup
from idp.base import clock
from idp.base.outcome import Refused
from idp.factors import service, totp
from idp.sessions import Proof
from tests.factories import Browser, Person, Provider

STEP = timedelta(seconds=totp.STEP)


@dataclass
class App:
    """An authenticator app on somebody's phone; each code is taken once, so it waits for one that is not spent."""

    provider: Provider
    person: Person
    secret: str
    spent: int = 0

    def code(self) -> str:
        """Return a code that was not used before: at most one step ahead of the clock, which servers accept."""
        present = int(clock.now().timestamp()) // totp.STEP
        self.spent = max(present - 1, self.spent + 1)
        assert self.spent <= present + 1, "too many codes in half a minute: move the clock"
        return pyotp.TOTP(self.secret).generate_otp(self.spent)


def give_app(provider: Provider, person: Person, name: str = "Phone") -> App:
    """Enrol an authenticator app for somebody, two minutes ago."""
    with clock.moved(-timedelta(minutes=2)), provider.working():
        account = lookup.find(person.id)
        assert account is not None
        row = totp.start(account)
        assert not isinstance(row, Refused)
        app = App(provider, person, totp.typed_secret(row).replace(" ", ""))
        refused = service.confirm_authenticator(account, row, app.code(), name, source="127.0.0.1")
        assert refused is None, refused
    return app


def enter(
    browser: Browser, person: Person, *, first_ago: timedelta = timedelta(0), second_ago: timedelta = timedelta(0)
) -> None:
    """Sign a person in with both factors, each shown so long ago, without the forms."""
    now = clock.now()
    proof = Proof(["pwd", "otp", "mfa"], first_at=now - first_ago, second_at=now - second_ago)
    with browser.provider.working():
        row, token = sessions.open_session(person.id, 0, proof, sessions.Device("127.0.0.1", "tests"))
        browser.sid = row.id
    with browser.http.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
