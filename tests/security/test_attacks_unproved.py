"""Somebody signs up with another person's address, sets everything up that an account can have, and waits for the owner to prove it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from idp.accounts import lookup, signup
from idp.accounts.authority import granting, holding
from idp.accounts.models import Account
from idp.base import clock
from idp.factors import service
from tests.concurrency.interruptions import belongings
from tests.factories import PASSWORD, Browser, Client, Person, Provider
from tests.federation import stand_in
from tests.federation.stand_in import CLIENT_ID, CLIENT_SECRET, StandIn
from tests.federation.traveller import person_at
from tests.security.makers import (
    ISSUER,
    NEW_PASSWORD,
    OWNER,
    OWNERS_WAYS,
    Maker,
    by_code,
    by_older_reset,
    by_provider,
    by_reset,
    newest,
)


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


@pytest.fixture
def shop(provider: Provider) -> Client:
    """An application that its people let in."""
    return provider.client()


@pytest.fixture
def maker(provider: Provider, stand: StandIn, shop: Client) -> Maker:
    """Who signed up with the owner's address, under a username and names of their own."""
    person = provider.person(OWNER, verified=False, username="mallory", given_name="Mallory", details={"nickname": "M"})
    return Maker(provider, stand, shop, person)


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
        granting.give(account, "owner", by="the tests")
    by_reset(provider, stand)
    with provider.working():
        account = lookup.find_by_email(OWNER)
        assert isinstance(account, Account)
        assert not account.is_admin
        assert holding.roles_of(account) == []
