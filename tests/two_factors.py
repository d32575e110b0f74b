"""People with an authenticator app, and what they type: for every test that needs two factors."""

import time
from dataclasses import dataclass
from datetime import timedelta

import pyotp
from sqlalchemy import update

from idp import sessions
from idp.accounts import lookup
from idp.base import clock, database
from idp.base.outcome import Refused
from idp.factors import service, totp
from idp.sessions import Proof
from tests.factories import Browser, Person, Provider

LASTS = 10  # seconds in which a code is still typed


@dataclass
class App:
    """An authenticator app on somebody's phone; each code is taken once, so it waits for one that is not spent."""

    provider: Provider
    person: Person
    secret: str
    spent: int = 0

    def code(self) -> str:
        """Return a code that was not used before, and that is taken for the next ten seconds at least.

        Servers take the codes of three half minutes: that of the one before is left out where the present one is about to end.
        """
        present, passed = divmod(clock.now().timestamp(), totp.STEP)
        left = totp.STEP - passed
        step = max(int(present) - (left > LASTS), self.spent + 1)
        if step == present + 2 and left <= LASTS:
            time.sleep(left)
            present += 1
        assert step <= present + 1, "too many codes in half a minute: move the clock"
        self.spent = step
        return pyotp.TOTP(self.secret).generate_otp(step)


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


def count_as_shown(provider: Provider, person: Person) -> None:
    """Let every session of somebody have shown the second factor now, as the one has in which an app was set up."""
    with provider.working():
        shown = update(sessions.BrowserSession).where(sessions.BrowserSession.account_id == person.id)
        database.run(shown.values(second_factor_at=clock.now()))
