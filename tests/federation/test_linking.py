"""Which account an identity signs in to: by its subject, by an address verified on both sides, or a new one."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from idp.accounts import lookup
from idp.accounts.models import SignUp
from idp.base import clock
from idp.base.database import session
from tests.factories import Provider
from tests.federation.stand_in import StandIn
from tests.federation.traveller import Traveller, accounts, events, identities, mails, person_at
from tests.two_factors import give_app

ADDRESS = "ann@example.org"


@dataclass(frozen=True)
class Case:
    """Who has the address here, what the provider says of it, and what comes of it."""

    key: str
    here: bool | None  # None: nobody; else whether it is verified
    there: object  # what the provider says of verification; 42 is not asked
    gets_in: bool
    is_verified_after: bool | None


CASES = [
    Case("google", None, True, True, True),
    Case("google", None, False, True, False),
    Case("google", None, "true", True, False),
    Case("google", None, None, True, False),
    Case("google", True, True, True, True),
    Case("google", True, False, False, True),
    Case("google", True, "true", False, True),
    Case("google", False, True, True, True),
    Case("google", False, False, False, False),
    Case("github", None, True, True, True),
    Case("github", None, False, True, False),
    Case("github", True, True, True, True),
    Case("github", True, False, False, True),
    Case("github", False, True, True, True),
    Case("github", False, False, False, False),
    Case("42", None, True, True, False),
    Case("42", True, True, False, True),
    Case("42", False, True, False, False),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.key}-{case.here}-{case.there}")
def test_the_table_of_links(ann: Traveller, stand: StandIn, provider: Provider, case: Case) -> None:
    """An address links when it is verified on both sides, or was never verified here and is there; else sign in first."""
    if case.here is not None:
        provider.person(ADDRESS, verified=case.here)
    stand.human.verified = case.there
    answer = ann.sign_in_by(case.key)
    assert (answer.status_code == 303) is case.gets_in
    assert ann.email == (ADDRESS if case.gets_in else None)
    assert accounts(provider) == {ADDRESS: case.is_verified_after}
    assert identities(provider) == ([(ADDRESS, case.key, "583231")] if case.gets_in else [])
    if not case.gets_in:
        assert answer.status_code == 409
        assert "Sign in to it first" in answer.text


def test_addresses_are_compared_in_their_canonical_form(ann: Traveller, stand: StandIn, provider: Provider) -> None:
    """Capitals make no second account."""
    provider.person(ADDRESS)
    stand.human.email = "Ann@EXAMPLE.org"
    ann.sign_in_by("github")
    assert ann.email == ADDRESS


def test_a_pre_registered_address_goes_to_its_owner(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """Whoever signed up with somebody's address loses password, session, identities, factors and links; the owner is told."""
    maker = provider.person(ADDRESS, verified=False)
    thief = Traveller(provider)
    thief.sign_in("/signin", maker)
    stand.human.id, stand.human.email, stand.human.login = 666, "thief@evil.example", "thief"
    thief.get(thief.travel(thief.press_on("/account/connections", "/account/connections/github/connect").location))
    give_app(provider, maker)
    assert [row[1:] for row in identities(provider)] == [("github", "666")]
    stand.reset()
    ann.sign_in_by("google")
    assert ann.email == ADDRESS
    assert thief.email is None
    assert identities(provider) == [(ADDRESS, "google", "583231")]
    owner = person_at(provider, ADDRESS)
    assert owner.sub != maker.sub
    with provider.account(owner) as account:
        assert (account.password_hash, account.is_verified, account.has_second_factor) == (None, True, False)
        assert session().scalars(select(SignUp)).all() == []
    thief.sign_in("/signin", maker)
    assert thief.email is None
    told = mails(provider)[-1]
    assert (told.to, told.label) == (ADDRESS, "upstream_linked")
    assert "are void" in told.text
    thief_again = Traveller(provider)
    stand.human.id, stand.human.email = 666, "thief@evil.example"
    thief_again.sign_in_by("github")
    assert thief_again.email == "thief@evil.example"


def test_a_link_is_told_by_mail(ann: Traveller, provider: Provider) -> None:
    """The owner of an account hears of a new way in, once; nothing of the password changes."""
    person = provider.person(ADDRESS)
    ann.sign_in_by("github")
    Traveller(provider).sign_in_by("github")
    assert [(mail.to, mail.label) for mail in mails(provider)].count((ADDRESS, "upstream_linked")) == 1
    assert events(provider, "upstream.linked") == [{"outcome": "success", "subject": person.sub, "provider": "github"}]
    assert Traveller(provider).sign_in("/signin", person).status_code == 303


def test_an_unproved_address_is_asked_to_be_confirmed(ann: Traveller, provider: Provider) -> None:
    """A new account whose address the provider does not vouch for gets the mail by which it is confirmed."""
    ann.sign_in_by("42")
    (mail,) = mails(provider)
    assert (mail.to, mail.label) == (ADDRESS, "verify_email")
    ann.get("/verify")
    ann.submit("/verify", code=mail.code)
    assert accounts(provider) == {ADDRESS: True}


def test_names_come_along(ann: Traveller, stand: StandIn, provider: Provider) -> None:
    """A new account has the names that the provider tells, and no username: people choose that themselves."""
    ann.sign_in_by("github")
    with provider.working():
        account = lookup.find_by_email(ADDRESS)
        assert account is not None
        assert (account.name, account.username, account.password_hash) == ("Ann Example", None, None)


@pytest.mark.parametrize("name", ["x" * 400, "a\x07b", None, "", "\ud800", "<script>alert(1)</script>", "  Ann   "])
def test_odd_names_are_no_obstacle(ann: Traveller, stand: StandIn, name: str | None) -> None:
    """Names that cannot be kept are cut or left out, and markup is text."""
    stand.human.name = name
    stand.human.login = name or "octocat"
    assert ann.sign_in_by("github").status_code == 303
    assert "<script>alert" not in ann.get("/account/connections").text


@pytest.mark.parametrize("key", ["google", "github", "42"])
@pytest.mark.parametrize("email", [None, "", "no address", "a@b\0.example", "x" * 400 + "@example.org"])
def test_nobody_without_an_address(
    ann: Traveller, stand: StandIn, provider: Provider, key: str, email: str | None
) -> None:
    """Where the provider tells no address that can be one, no account is made, and the page says what to do."""
    stand.human.email = email
    answer = ann.sign_in_by(key)
    assert answer.status_code == 400
    assert "told no e-mail address" in answer.text
    assert accounts(provider) == {}


def test_an_identity_stays_when_addresses_change(ann: Traveller, stand: StandIn, provider: Provider) -> None:
    """An identity signs in to its own account, also when the provider now names the address of another one."""
    ann.sign_in_by("github")
    provider.person("bob@example.org")
    stand.human.email = "bob@example.org"
    again = Traveller(provider)
    again.sign_in_by("github")
    assert again.email == ADDRESS


def test_a_reused_address_at_the_provider_is_another_person(ann: Traveller, stand: StandIn, provider: Provider) -> None:
    """A new subject is a new identity, whatever its login; it gets to an account by the verified address alone."""
    ann.sign_in_by("github")
    stand.human.id, stand.human.email = 999, "eve@example.org"
    eve = Traveller(provider)
    eve.sign_in_by("github")
    assert eve.email == "eve@example.org"


@pytest.mark.parametrize(
    "closed", [{"disabled_at": clock.now()}, {"disabled_at": clock.now(), "erase_at": clock.now()}]
)
def test_closed_accounts_stay_closed(
    ann: Traveller, stand: StandIn, provider: Provider, closed: dict[str, object]
) -> None:
    """A disabled account, or one to be erased, is not signed in to, neither by identity nor by address."""
    ann.sign_in_by("github")
    with provider.working():
        account = lookup.find_by_email(ADDRESS)
        assert account is not None
        for name, value in closed.items():
            setattr(account, name, value)
    for key in ("github", "google"):
        browser = Traveller(provider)
        answer = browser.sign_in_by(key)
        assert (answer.status_code, browser.email) == (403, None)
    assert len(identities(provider)) == 1
    assert {event["reason"] for event in events(provider, "signin") if event["outcome"] == "failure"} <= {
        "account_disabled",
        "account_leaving",
    }


def test_the_second_factor_is_still_asked(ann: Traveller, provider: Provider) -> None:
    """Who has a second factor shows it after the provider too, and then arrives where they were going."""
    person = provider.person(ADDRESS)
    app = give_app(provider, person)
    answer = ann.sign_in_by("google", "/account/apps")
    assert answer.location == "/signin/code?next=%2Faccount%2Fapps"
    assert ann.email is None
    assert ann.get("/account").status_code == 303
    answer = ann.submit(answer.location, code=app.code())
    assert answer.location == "/account/apps"
    assert ann.email == ADDRESS
    assert events(provider, "signin")[-1]["amr"] == "fed otp mfa"


def test_a_federated_account_proves_itself_again(ann: Traveller, provider: Provider) -> None:
    """Somebody without a password, asked once more who they are, uses the provider, and goes on."""
    ann.sign_in_by("github")
    with clock.moved(timedelta(minutes=11)):
        answer = ann.get("/account/security/authenticator")
        assert "/signin?" in answer.location
        page = ann.get(answer.location)
        assert 'id="upstream-github"' in page.text
        assert 'id="upstream-google"' not in page.text
        path = "/signin/upstream/github?next=/account/security/authenticator"
        back = ann.travel(ann.press_on(answer.location, path).location)
        assert ann.get(back).location == "/account/security/authenticator"
        assert ann.get("/account/security/authenticator").status_code == 200


@pytest.mark.parametrize("here", [None, True, False])
def test_parallel_answers_make_one_account(provider: Provider, stand: StandIn, here: bool | None) -> None:
    """Several browsers that come back at once for one identity all get in, to one account with one link."""
    if here is not None:
        provider.person(ADDRESS, verified=here)
    browsers = [Traveller(provider) for _ in range(4)]
    paths = [browser.travel(browser.press("github")) for browser in browsers]
    ready = Barrier(len(browsers))

    def come_back(number: int) -> int:
        ready.wait(30)
        return browsers[number].get(paths[number]).status_code

    with ThreadPoolExecutor(len(browsers)) as pool:
        statuses = list(pool.map(come_back, range(len(browsers))))
    assert statuses == [303] * len(browsers)
    assert accounts(provider) == {ADDRESS: True}
    assert identities(provider) == [(ADDRESS, "github", "583231")]
    assert len(events(provider, "upstream.linked")) == 1


def test_one_answer_sent_twice_at_once_counts_once(provider: Provider, stand: StandIn) -> None:
    """Of several copies of one answer, sent at once by one browser, exactly one reaches the provider."""
    browser = Traveller(provider)
    path = browser.travel(browser.press("github"))
    cookie = browser.http.get_cookie("idp_upstream").value
    copies = [provider.app.test_client() for _ in range(4)]
    ready = Barrier(len(copies))

    def come_back(client: object) -> int:
        client.set_cookie("idp_upstream", cookie)  # type: ignore[attr-defined]
        ready.wait(30)
        return client.get(path).status_code  # type: ignore[attr-defined,no-any-return]

    with ThreadPoolExecutor(len(copies)) as pool:
        statuses = sorted(pool.map(come_back, copies))
    assert statuses == [303, 400, 400, 400]
    assert stand.count("/user") == 1
