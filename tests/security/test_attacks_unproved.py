"""Somebody signs up with another person's address, sets everything up that an account can have, and waits for the owner to prove it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from idp.accounts import lookup, recovery, signup
from idp.accounts.models import Account
from idp.base import clock
from idp.factors import passkeys, service
from idp.oauth import direct
from idp.sessions import Device, Proof
from tests.concurrency.interruptions import belongings
from tests.core import mails
from tests.factories import PASSWORD, Browser, Client, Person, Provider
from tests.factors.authenticator import Authenticator
from tests.federation import stand_in
from tests.federation.stand_in import CLIENT_ID, CLIENT_SECRET, Human, StandIn
from tests.federation.traveller import Traveller, person_at
from tests.two_factors import App, count_as_shown, give_app

OWNER = "owner@example.org"
NEW_PASSWORD = "the owner's own pass phrase"
ISSUER = "http://localhost:5000"


@pytest.fixture(scope="module")
def stand() -> Iterator[StandIn]:
    """A stand-in for the other providers."""
    with stand_in.running() as stand:
        yield stand


@pytest.fixture
def settings(settings: Any, stand: StandIn) -> Any:
    """A server that knows GitHub and Google, at which passkeys work."""
    settings.issuer = ISSUER
    for prefix in ("google", "github"):
        setattr(settings, f"{prefix}_client_id", CLIENT_ID)
        setattr(settings, f"{prefix}_client_secret", SecretStr(CLIENT_SECRET))
    settings.google_issuer = settings.github_url = settings.github_api_url = stand.url
    stand.reset()
    return settings


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
        found = belongings(self.provider, self.person)
        assert {name for name, rows in found.items() if not rows} <= {
            "sign_ups",
            "sign_in_attempts",
            "held_names",
            "account_words",
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


@pytest.fixture
def shop(provider: Provider) -> Client:
    """An application that its people let in."""
    return provider.client()


@pytest.fixture
def maker(provider: Provider, stand: StandIn, shop: Client) -> Maker:
    """Who signed up with the owner's address, under a username and names of their own."""
    person = provider.person(OWNER, verified=False, username="mallory", given_name="Mallory", details={"nickname": "M"})
    return Maker(provider, stand, shop, person)


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
        assert isinstance(recovery.create_administrator(OWNER), tuple)


OWNERS_WAYS: list[Callable[[Provider, StandIn], None]] = [by_code, by_reset, by_older_reset, by_provider, by_operator]


@pytest.mark.parametrize("way", OWNERS_WAYS, ids=lambda way: way.__name__)
def test_nothing_of_the_makers_outlives_the_owners_proof(
    provider: Provider, stand: StandIn, maker: Maker, way: Callable[[Provider, StandIn], None]
) -> None:
    """Whichever way the owner proves the address, none of the maker's ways leads in, no row of theirs is left, and apps see another
    person: a new `sub` and number, no username, no names.
    """
    maker.set_up()
    way(provider, stand)
    assert not any(rows for rows in belongings(provider, maker.person).values())
    assert [name for name, leads in maker.ways_in().items() if leads] == []
    owner = person_at(provider, OWNER)
    assert (owner.sub != maker.person.sub, owner.id != maker.person.id) == (True, True)
    with provider.account(owner) as account:
        assert (account.is_verified, account.username, account.name, account.details) == (True, None, "", {})
        assert not service.of(account).count


def type_code_where_signed_up(maker: Maker, code: str, _token: str) -> None:
    """Type the code in the session that the maker has."""
    assert maker.browser.submit("/verify", code=code).status_code == 303


def open_link_with_the_password(maker: Maker, _code: str, token: str) -> None:
    """Open the link in a strange browser, and give the password."""
    strange = Browser(maker.provider)
    assert strange.submit(f"/verify/link?token={token}", password=PASSWORD).status_code == 303


def call_with_the_cookie(maker: Maker, code: str, _token: str) -> None:
    """Type the code at the older interface's address, with the cookie of a sign-in."""
    caller = maker.provider.app.test_client()
    caller.set_cookie("refreshToken", maker.pair.refresh_token)
    assert caller.post("/auth/verify-email", json={"email": OWNER, "code": code}).status_code == 200


def call_with_the_token(maker: Maker, code: str, _token: str) -> None:
    """The same, with the access token of a sign-in."""
    headers = {"Authorization": f"Bearer {maker.pair.access_token}"}
    caller = maker.provider.app.test_client()
    assert caller.post("/auth/verify-email", json={"email": OWNER, "code": code}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "way",
    [type_code_where_signed_up, open_link_with_the_password, call_with_the_cookie, call_with_the_token],
    ids=lambda way: way.__name__,
)
def test_a_maker_who_is_the_owner_keeps_everything(
    provider: Provider, maker: Maker, way: Callable[[Maker, str, str], None]
) -> None:
    """Proved by whoever has the session or the password of the account, it stays as it is, and counts as verified."""
    maker.set_up()
    with provider.account(maker.person) as account:
        signup.send_verification(account)
    mail = newest(provider, "verify_email")
    before = {name: rows for name, rows in belongings(provider, maker.person).items() if name in LASTING}
    way(maker, mail.code, mail.token)
    after = belongings(provider, maker.person)
    assert {name: after[name] for name in LASTING} == before
    with provider.account(maker.person) as account:
        assert (account.is_verified, account.sub, account.username) == (True, maker.person.sub, "mallory")


LASTING = ("upstream_identities", "passkeys", "authenticators", "recovery_codes", "consents", "grants")


def test_an_account_that_nobody_used_is_handed_over(provider: Provider, stand: StandIn) -> None:
    """Where nobody was ever signed in, the owner gets the account under its username; password and names are void."""
    person = provider.person(OWNER, verified=False, username="olga", given_name="Olga")
    by_reset(provider, stand)
    assert person_at(provider, OWNER) == Person(person.id, person.sub, OWNER)
    with provider.account(person) as account:
        assert (account.is_verified, account.username, account.given_name) == (True, "olga", "")
    old, new = Browser(provider), Browser(provider)
    assert old.sign_in("/signin", person).status_code == 400
    assert new.sign_in("/signin", Person(person.id, person.sub, OWNER, NEW_PASSWORD)).location == "/account"


def test_applications_are_told_of_no_owner_before_it_is_known(
    provider: Provider, stand: StandIn, maker: Maker, shop: Client
) -> None:
    """After a code without a session, applications hear that the address is not verified until its owner has proved it in another way, or
    a month has passed: they may join accounts by it.
    """
    by_code(provider, stand)
    token = provider.grant(shop, maker.browser, scope="openid email")["access_token"]
    assert provider.userinfo(token).json == {"sub": maker.person.sub, "email": OWNER, "email_verified": False}
    with provider.account(maker.person) as account:
        account.proved_apart_at = clock.now() - timedelta(days=30)
    assert provider.userinfo(token).json["email_verified"] is True


OWNERS_LATER_WAYS = [by_reset, by_older_reset, by_provider]


@pytest.mark.parametrize("way", OWNERS_LATER_WAYS, ids=lambda way: way.__name__)
def test_a_maker_who_waits_for_the_code_keeps_nothing_either(
    provider: Provider, stand: StandIn, maker: Maker, way: Callable[[Provider, StandIn], None]
) -> None:
    """Where the maker sets everything up after the owner has typed the code, the owner's next proof discards it all the same."""
    by_code(provider, stand)
    maker.set_up()
    way(provider, stand)
    assert [name for name, leads in maker.ways_in().items() if leads] == []
    assert person_at(provider, OWNER).sub != maker.person.sub


def test_a_username_that_no_app_has_seen_goes_along(provider: Provider, stand: StandIn, maker: Maker) -> None:
    """Whoever signed up, signed in and forgot the password before the address was proved still signs in by the username."""
    by_older_reset(provider, stand)
    owner = person_at(provider, OWNER)
    assert owner.sub != maker.person.sub
    body = {"username": "mallory", "password": "Owner1!password"}
    assert provider.app.test_client().post("/user/signin/", json=body).status_code == 201


def test_a_makers_right_to_administer_is_not_inherited(provider: Provider, stand: StandIn, maker: Maker) -> None:
    """An account that was marked for administration before its address was proved gives the owner no rights by it."""
    with provider.account(maker.person) as account:
        account.is_admin = True
    by_reset(provider, stand)
    with provider.working():
        account = lookup.find_by_email(OWNER)
        assert isinstance(account, Account)
        assert not account.is_admin
