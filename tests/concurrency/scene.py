"""One person at one browser, made ready for a request that writes to the account."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import bcrypt
from werkzeug.test import TestResponse

from idp.base import clock
from idp.factors import passkeys
from idp.federation import linking, providers
from idp.federation.identities import Identity
from idp.oauth import direct
from idp.sessions import Device, Proof
from idp.signin import flow
from tests.factories import PASSWORD, Client, Person, Provider
from tests.factors.authenticator import Authenticator
from tests.federation.stand_in import Human, StandIn
from tests.federation.traveller import Traveller
from tests.two_factors import enter, give_app

Act = Callable[[], TestResponse]
_numbers = itertools.count(1)


@dataclass
class Scene:
    """One person at one browser, signed in as their factors demand, or with the tokens of an older interface."""

    provider: Provider
    stand: StandIn
    shop: Client
    person: Person = field(init=False)
    browser: Traveller = field(init=False)

    def __post_init__(self) -> None:
        number = next(_numbers)
        self.person = self.provider.person(f"person-{number}@example.org", username=f"person{number}")
        self.browser = Traveller(self.provider)
        self.browser.enter(self.person)
        self.stand.human = Human(id=number, login=f"octo{number}", email=f"elsewhere-{number}@example.org")

    def post(self, path: str, page: str = "/account", **fields: str) -> Act:
        """Return what sends a form of this browser."""
        token = self.browser.csrf(page)
        return lambda: self.browser.http.post(
            path, data=fields | {"csrf_token": token}, headers={"Accept": "text/html"}
        )

    def call(self, path: str, method: str = "POST", *, factor: bool = False, **body: Any) -> Act:
        """Return what calls an older interface with the access token of a sign-in."""
        now = clock.now()
        proof = Proof(["pwd", "otp", "mfa"], first_at=now, second_at=now) if factor else Proof(["pwd"], first_at=now)
        caller = direct.Caller("contract-1", clock.timedelta(minutes=5), clock.timedelta(days=1))
        with self.provider.account(self.person) as account:
            pair = direct.sign_in(caller, account, proof, Device("127.0.0.1", "tests"))
        headers = {"Authorization": f"Bearer {pair.access_token}"}
        return lambda: self.provider.app.test_client().open(path, method=method, json=body, headers=headers)

    def age_hash(self) -> None:
        """Let the password be kept by a hash that is due to be renewed."""
        with self.provider.account(self.person) as account:
            account.password_hash = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()

    def with_app(self) -> Any:
        """Give the person an authenticator app, which this browser's session has shown."""
        app = give_app(self.provider, self.person)
        enter(self.browser, self.person)
        return app

    def with_codes(self) -> str:
        """Give the person an app and recovery codes; return one of these."""
        from idp.factors import service

        self.with_app()
        with self.provider.account(self.person) as account:
            return service.renew_codes(account, source="192.0.2.1")[0]

    def half_signed_in(self) -> None:
        """Let a new browser have shown the password and wait for the second factor."""
        self.browser = Traveller(self.provider)
        self.browser.get("/signin")
        with self.provider.account(self.person) as account:
            secret = flow.begin(account, ["pwd"])
        with self.browser.http.session_transaction() as cookie:
            cookie["attempt"] = secret

    def with_passkey(self) -> Authenticator:
        """Register a passkey; this browser's session has shown it."""
        from idp.factors import service

        key = Authenticator("http://localhost:5000")
        with self.provider.account(self.person) as account:
            made = key.create(passkeys.registration_options(account, "browser"))
            assert isinstance(
                service.register_passkey(account, made, "Key", browser="browser", source="s"), passkeys.Passkey
            )
        enter(self.browser, self.person)
        return key

    def link(self) -> int:
        """Connect an identity; return its number."""
        github = providers.find("github")
        assert github is not None
        with self.provider.account(self.person) as account:
            found = Identity(str(self.stand.human.id), self.stand.human.login)
            linking.connect(linking.Authority(account.id), github, found, source="s")
            return linking.list_all(account.id)[0].id
