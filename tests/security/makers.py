"""Who signs up with another person's address, all that they set up, and the ways in which the owner proves the address."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from idp.accounts import founding, recovery
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import session
from idp.factors import passkeys, service
from idp.groups import members
from idp.oauth import direct
from idp.pushing.models import PushedPerson, ScimTarget
from idp.roles import giving
from idp.roles import service as roles
from idp.roles.models import Role
from idp.scim import naming
from idp.scim.models import ScimUser, ScimUserId
from idp.sessions import Device, Proof
from idp.signals.models import SignalEvent, SignalStream
from tests.concurrency.interruptions import belongings
from tests.core import mails
from tests.factories import Browser, Client, Person, Provider
from tests.factors.authenticator import Authenticator
from tests.federation.stand_in import Human, StandIn
from tests.federation.traveller import Traveller, person_at
from tests.groups import making
from tests.two_factors import App, count_as_shown, give_app

OWNER = "owner@example.org"
NEW_PASSWORD = "the owner's own pass phrase"
ISSUER = "http://localhost:5000"


@dataclass
class Maker:
    """Who signed up with the address, and all that they hold."""

    provider: Provider
    stand: StandIn
    shop: Client
    person: Person
    browser: Traveller = field(init=False)
    tokens: dict[str, Any] = field(init=False)
    pair: direct.Pair = field(init=False)
    passkey: Authenticator = field(init=False)
    app: App = field(init=False)
    codes: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.browser = Traveller(self.provider)
        assert self.browser.sign_in("/signin", self.person).location == "/account"

    def set_up(self) -> None:
        """Connect GitHub, let an app in, add a passkey, an authenticator app and recovery codes, and get an older interface's tokens."""
        self.stand.human = Human(id=666, login="maker", email="maker@evil.example")
        self.browser.get(
            self.browser.travel(
                self.browser.press_on("/account/connections", "/account/connections/github/connect").location
            )
        )
        self.tokens = self.provider.grant(self.shop, self.browser, scope="openid offline_access")
        self.browser.submit("/account/email", email="maker@evil.example")
        self.passkey = Authenticator(ISSUER)
        with self.provider.account(self.person) as account:
            made = self.passkey.create(passkeys.registration_options(account, "browser"))
            service.register_passkey(account, made, "Key", browser="browser", source="s")
            caller = direct.Caller("contract-3", timedelta(minutes=15), timedelta(days=7))
            self.pair = direct.sign_in(caller, account, Proof(["pwd"], first_at=clock.now()), Device("s", "tests"))
        self.app = give_app(self.provider, self.person)
        count_as_shown(self.provider, self.person)
        with self.provider.account(self.person) as account:
            self.codes = service.renew_codes(account, source="s")
            _put_into_a_group(account)
            _name_in_a_directory(account)
        found = belongings(self.provider, self.person)
        assert {name for name, rows in found.items() if not rows} <= {
            "sign_ups",
            "sign_in_attempts",
            "held_names",
            "account_words",
            "administrator_roles",  # nobody with an unproved address is given one
            "group_administrators",  # nor one for a group's people
            "client_owners",  # nor owns a client
            "imported_entries",
            "terms_acceptances",  # there are none to accept
            "invitations",  # who comes by one has proved the address
        }

    def ways_in(self) -> dict[str, bool]:
        """Return which of the maker's ways still lead in."""
        fresh = Traveller(self.provider)
        self.stand.human = Human(id=666, login="maker", email="maker@evil.example")
        fresh.sign_in_by("github")
        by_github = person_at(self.provider, "maker@evil.example") if fresh.email is not None else None
        alone = Traveller(self.provider)
        signed = self.passkey.get(alone.get("/signin/passkey/options").text)
        alone.press_on("/signin", "/signin/passkey", credential=signed)
        typed = Browser(self.provider)
        typed.sign_in("/signin", self.person)
        called = self.provider.app.test_client()
        headers = {"Authorization": f"Bearer {self.pair.access_token}"}
        called.set_cookie("refreshToken", self.pair.refresh_token)
        return {
            "session": self.browser.get("/account").status_code == 200,
            "GitHub": fresh.email is not None and by_github is None,
            "passkey": alone.email is not None,
            "password": typed.get("/account").status_code == 200 or typed.get("/signin/code").status_code == 200,
            "refresh token": self.provider.refresh(self.shop, self.tokens["refresh_token"]).status_code == 200,
            "access token": self.provider.userinfo(self.tokens["access_token"]).status_code == 200,
            "older access token": called.get("/users/me/", headers=headers).status_code == 200,
            "older refresh token": called.post("/auth/refresh").status_code == 200,
        }


def _put_into_a_group(account: Account) -> None:
    """Let an administrator, who believes the address, put the account into a group as member and owner, and give it a role."""
    group = making.group("/staff")
    role = roles.create("editor", actor="test")
    assert isinstance(role, Role)
    assert members.add(group, account, actor="test") is None
    assert members.add_owner(group, account, actor="test") is None
    assert giving.give(role, account, actor="test") is None


def _name_in_a_directory(account: Account) -> None:
    """Let a directory take the account for that of somebody it knows."""
    now = clock.now()
    told = ScimUser(
        user_name="maker", user_name_folded="maker", attributes={"title": "Chief"}, created_at=now, updated_at=now
    )
    told.account_id = account.id
    session().add(told)
    naming.put_external(ScimUserId, "directory", account.id, "1")
    _bring_to_an_application(account)
    session().flush()


def _bring_to_an_application(account: Account) -> None:
    """Let an application have the account, as one to which people are brought."""
    now = clock.now()
    target = ScimTarget(client_id="chat", base_url="https://chat.example/scim", sealed_token=b"x", is_for_group=False)
    target.pushes_groups, target.reached, target.failures = False, 0, 0
    target.created_at = target.updated_at = target.due_at = target.paused_at = now
    session().add(target)
    session().flush()
    session().add(PushedPerson(client_id="chat", account_id=account.id, remote_id="7", failures=0))
    _make_news(account)


def _make_news(account: Account) -> None:
    """Let news about the account wait for an application."""
    now = clock.now()
    stream = SignalStream(id="stream", client_id="chat", method="poll", subject_format="iss_sub", status="enabled")
    stream.created_at = stream.updated_at = now
    stream.is_held, stream.since, stream.failures, stream.lost = False, 0, 0, 0
    session().add(stream)
    session().flush()
    payload = {"sub_id": {"format": "iss_sub", "sub": account.sub}, "members": {}}
    event = SignalEvent(stream_id="stream", account_id=account.id, jti="1", event_type="urn:x", payload=payload)
    event.created_at, event.is_control, event.tries = now, False, 0
    session().add(event)


def newest(provider: Provider, label: str) -> mails.WaitingMail:
    """Return the newest mail of a kind to the owner."""
    with provider.working():
        return next(mail for mail in reversed(mails.waiting()) if (mail.label, mail.to) == (label, OWNER))


def by_code(provider: Provider, _stand: StandIn) -> None:
    """Type the mailed code at the older interface's address, without session and password."""
    caller = provider.app.test_client()
    assert caller.post("/auth/resend-otp", json={"email": OWNER, "type": "verify"}).status_code == 200
    body = {"email": OWNER, "code": newest(provider, "verify_email").code}
    assert caller.post("/auth/verify-email", json=body).status_code == 200


def by_reset(provider: Provider, _stand: StandIn) -> None:
    """Choose a password by the mailed link."""
    with provider.working():
        recovery.request(OWNER, source="s")
    token = newest(provider, "reset_password").token
    assert Browser(provider).submit(f"/reset/password?token={token}", password=NEW_PASSWORD).status_code == 303


def by_older_reset(provider: Provider, _stand: StandIn) -> None:
    """Choose a password by the mailed code, at an older interface."""
    caller = provider.app.test_client()
    assert caller.post("/user/forgot-password/send-code/", json={"email": OWNER}).status_code == 200
    (code,) = re.findall(r"(?<![A-Za-z0-9])[A-Z0-9]{6}(?![A-Za-z0-9])", newest(provider, "reset_password").text)
    body = {"email": OWNER, "code": code, "new_password": "Owner1!password"}
    assert caller.post("/user/forgot-password/change-password/", json=body).status_code == 200


def by_provider(provider: Provider, stand: StandIn) -> None:
    """Come in through Google, which has verified the address."""
    stand.human = Human(id=1, login="owner", email=OWNER)
    assert Traveller(provider).sign_in_by("google").location == "/account"


def by_operator(provider: Provider, _stand: StandIn) -> None:
    """Be made an administrator by the operator, who vouches for the address."""
    with provider.working():
        assert isinstance(founding.create_administrator(OWNER), tuple)


OWNERS_WAYS: list[Callable[[Provider, StandIn], None]] = [by_code, by_reset, by_older_reset, by_provider, by_operator]
