"""Domains whose people sign in through one provider alone: they are led there, and nobody learns who has an account."""

import re
from typing import Any

import pytest

from idp.accounts import lookup
from idp.federation import catalogue
from tests.core import mails
from tests.factories import PASSWORD, Provider
from tests.federation import rows
from tests.federation.stand_in import StandIn
from tests.federation.traveller import Traveller, accounts, identities, query_of

ADDRESS, NOBODY = "ann@corp.example", "nobody@corp.example"


@pytest.fixture
def settings(settings: Any) -> Any:
    """A server that may fetch from loopback, where the stand-in is."""
    settings.allow_private_fetch = True
    return settings


@pytest.fixture
def home(provider: Provider, stand: StandIn) -> None:
    """A provider through which alone people of corp.example sign in, and one of them who has a password."""
    provider.person(ADDRESS, username="ann")
    stand.human.email = ADDRESS
    rows.add(provider, rows.openid(stand, only_domains=["corp.example"]))


def bare(text: str) -> str:
    """Return a page without what is each browser's own."""
    return re.sub(r'value="[^"]*"', "", text)


@pytest.mark.parametrize("name", [ADDRESS, NOBODY, "ANN@Corp.Example"])
@pytest.mark.parametrize("password", [PASSWORD, "", "wrong"])
def test_who_types_the_address_is_led_there(
    ann: Traveller, provider: Provider, home: None, name: str, password: str
) -> None:
    """Whether or not the address has an account, and whatever the password is, the answer is the way to the provider, with the name."""
    answer = ann.submit("/signin?next=/account/apps", username=name, password=password)
    assert answer.status_code == 303
    asked = query_of(answer.location)
    assert asked["login_hint"] == name.lower()
    assert ann.get(ann.travel(answer.location)).location == "/account/apps"
    assert ann.email == ADDRESS


@pytest.mark.parametrize("page", ["/reset", "/signup"])
@pytest.mark.parametrize("email", [ADDRESS, NOBODY])
def test_reset_and_sign_up_lead_there_too(
    ann: Traveller, provider: Provider, home: None, page: str, email: str
) -> None:
    """Nobody chooses a password for such an address, and no mail is sent."""
    answer = ann.submit(page, email=email, password="a passable phrase")
    assert answer.status_code == 303
    assert query_of(answer.location)["login_hint"] == email
    with provider.working():
        assert mails.waiting() == []
    assert accounts(provider) == {ADDRESS: True}


def test_a_username_tells_nothing(ann: Traveller, provider: Provider, home: None) -> None:
    """By username the right password is refused with the very page that an unknown name gets; a reset answers alike and mails nobody."""
    pages = []
    for name in ("ann", "ghost"):
        answer = Traveller(provider).submit("/signin", username=name, password=PASSWORD)
        assert answer.status_code == 400
        pages.append(bare(answer.text))
        reset = Traveller(provider).submit("/reset", email=name)
        assert (reset.status_code, reset.location) == (303, "/reset/code")
    assert pages[0] == pages[1]
    with provider.working():
        assert mails.waiting() == []


def test_other_doors_are_closed_too(ann: Traveller, provider: Provider, home: None) -> None:
    """An older interface refuses the right password of such an account as it refuses that of an unknown one."""
    for path, names in (("/auth/login", (ADDRESS, NOBODY)), ("/auth/login/", ("ann", "ghost"))):
        answers = [
            provider.app.test_client().post(path, json={"email": name, "username": name, "password": PASSWORD})
            for name in names
        ]
        assert answers[0].status_code == answers[1].status_code, path
        assert answers[0].status_code in {400, 401}, answers[0].text
        assert answers[0].text == answers[1].text, path


def test_another_provider_lets_nobody_of_them_in(
    ann: Traveller, provider: Provider, home: None, stand: StandIn
) -> None:
    """An address of the domain signs in neither by a new nor by an old identity at another provider."""
    answer = ann.sign_in_by("github")
    assert answer.status_code == 403
    assert "a provider of their own" in answer.text
    assert rows.change(provider, "corp", only_domains=[]) == []
    ann.sign_in_by("github")
    assert ann.email == ADDRESS
    assert rows.change(provider, "corp", only_domains=["corp.example"]) == []
    again = Traveller(provider)
    assert again.sign_in_by("github").status_code == 403
    assert again.email is None


def test_it_does_not_open_what_it_does_not_vouch_for(
    ann: Traveller, provider: Provider, home: None, stand: StandIn
) -> None:
    """An address that the provider does not confirm opens no account, and the page says whom to ask instead of leading in a circle."""
    stand.human.verified = False
    answer = ann.sign_in_by("corp")
    assert answer.status_code == 403
    assert "Ask your administrator" in answer.text
    assert ann.email is None


def test_who_is_signed_in_proves_it_there(ann: Traveller, provider: Provider, home: None) -> None:
    """The page that asks once more offers the provider alone, connected or not, and takes no password."""
    person = provider.person("new@corp.example")
    ann.enter(person)
    page = ann.get("/signin?again=1&next=/account").text
    assert 'id="upstream-corp"' in page
    assert 'type="password"' not in page
    assert "by mail" not in page
    answer = ann.press_on("/signin?again=1", "/signin?again=1", username="", password=PASSWORD)
    assert query_of(answer.location)["login_hint"] == "new@corp.example"


def test_their_password_page_says_that_none_counts(ann: Traveller, provider: Provider, home: None) -> None:
    """Somebody of the domain is told that no password is needed, can set none, and cannot disconnect the one way in."""
    ann.get(ann.travel(ann.press("corp")))
    page = ann.get("/account/password").text
    assert "You need no password" in page
    assert 'type="password"' not in page
    new = {"current_password": PASSWORD, "new_password": "another long pass phrase"}
    assert ann.press_on("/account", "/account/password", **new).location == "/account/password"
    number = ann.get("/account/connections").text.partition("/account/connections/")[2].partition("/")[0]
    answer = ann.press_on("/account/connections", f"/account/connections/{number}/disconnect")
    assert "through this provider alone" in answer.text
    assert len(identities(provider)) == 1
    answer = ann.press_on("/account/email", "/account/email", email="ann@elsewhere.example")
    assert "Ask your administrator to change it" in answer.text


def test_a_domain_has_one_home(provider: Provider, home: None, stand: StandIn) -> None:
    """A second provider cannot claim a domain, unless the first lets go of it or is disabled."""
    definition = rows.openid(stand, "rival", only_domains=["corp.example"])
    with provider.working():
        (refused,) = catalogue.create(definition, catalogue.Extras("secret"), actor="test")  # type: ignore[misc]
        assert (refused.field, "only through Corp already" in refused.detail) == ("only_domains", True)
        row = catalogue.get("corp", for_change=True)
        assert row is not None
        catalogue.set_disabled(row, True, actor="test")
    rows.add(provider, definition)
    with provider.working():
        row = catalogue.get("corp", for_change=True)
        assert row is not None
        (refused,) = catalogue.set_disabled(row, False, actor="test")
        assert refused.field == "only_domains"


def test_administrators_do_not_lock_themselves_out_unasked(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """Who would have no other way in is named before a domain is closed; who accepts it, or is connected already, is not stopped."""
    root = provider.person("root@corp.example", is_admin=True)
    rows.add(provider, rows.openid(stand))
    (refused,) = rows.change(provider, "corp", only_domains=["corp.example"])
    assert refused.field == catalogue.LOCKOUT
    assert "root@corp.example" in (refused.detail or "")
    assert rows.change(provider, "corp", frozenset({catalogue.LOCKOUT}), only_domains=["corp.example"]) == []
    assert rows.change(provider, "corp", display_name="Corp & Sons") == []
    assert rows.change(provider, "corp", only_domains=[]) == []
    ann.enter(root)
    stand.human.email = "root@corp.example"
    ann.get(ann.travel(ann.press_on("/account/connections", "/account/connections/corp/connect").location))
    assert rows.change(provider, "corp", only_domains=["corp.example"]) == []


def test_a_disabled_provider_is_nobodys_home(ann: Traveller, provider: Provider, home: None) -> None:
    """While the provider is disabled passwords count again: nobody is locked out by what does not work."""
    with provider.working():
        row = catalogue.get("corp", for_change=True)
        assert row is not None
        catalogue.set_disabled(row, True, actor="test")
        person = lookup.find_by_email(ADDRESS)
        assert person is not None
    assert ann.submit("/signin", username=ADDRESS, password=PASSWORD).location == "/account"
