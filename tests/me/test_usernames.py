"""/auth/username, where a username is chosen, and /u/<username>, what everybody sees of a person."""

import pytest

from idp.base import clock
from tests.factories import Browser, Person, Provider

CHOOSE = "/auth/username"


@pytest.fixture
def ann(provider: Provider) -> Person:
    """Somebody without a username."""
    return provider.person(given_name="Ann", family_name="Secret", picture="https://pictures.example/ann.png")


def choose(browser: Browser, username: str, query: str = "") -> "tuple[int, str | None, str]":
    """Send the form; return status, where it leads, and the page."""
    from tests.factories import CSRF

    token = CSRF.search(browser.get(CHOOSE).text)
    assert token is not None
    answer = browser.http.post(f"{CHOOSE}/choose{query}", data={"csrf_token": token[1], "username": username})
    return answer.status_code, answer.location, answer.text


def test_a_username_is_chosen_once(provider: Provider, ann: Person) -> None:
    """Who has none chooses one and goes on to the public page; from then on the page leads there at once."""
    browser = provider.browser(ann)
    assert choose(browser, "Ann.1")[:2] == (303, "/u/Ann.1")
    assert browser.get(CHOOSE).location == "/u/Ann.1"
    with provider.account(ann) as account:
        assert (account.username, account.name) == ("Ann.1", "Ann Secret")


def test_it_continues_where_somebody_was_going(provider: Provider, ann: Person) -> None:
    """A local path to continue to is kept; a foreign one is not."""
    browser = provider.browser(ann)
    assert 'action="/auth/username/choose?next=%2Faccount%2Fapps"' in browser.get(f"{CHOOSE}?next=/account/apps").text
    assert choose(browser, "ann", "?next=https://evil.example")[1] == "/u/ann"
    assert browser.get(f"{CHOOSE}?next=/account/apps").location == "/account/apps"


@pytest.mark.parametrize("username", ["", "a b", "x" * 21, "-ann", "é", "a@b", "TAKEN"])
def test_bad_usernames_are_refused(provider: Provider, ann: Person, username: str) -> None:
    """Malformed and taken names are refused with their reason, and nothing is changed."""
    provider.person("bob@example.org", username="taken")
    status, _location, page = choose(provider.browser(ann), username)
    assert status == 400
    assert 'id="error-summary"' in page
    with provider.account(ann) as account:
        assert account.username is None


def test_choosing_needs_a_session(provider: Provider) -> None:
    """Nobody chooses without signing in, and comes back to the page afterwards."""
    assert provider.browser().get(CHOOSE).location == "/signin?next=%2Fauth%2Fusername"


def test_the_public_page_shows_the_username_alone(provider: Provider) -> None:
    """Names, address, picture and identifiers stay out of it; capitals do not matter."""
    person = provider.person(username="Ann.1", given_name="Given", family_name="Family", picture="https://p.example/x")
    answer = provider.browser().get("/u/ann.1")
    assert answer.status_code == 200
    assert "<h1>" in answer.text
    assert "Ann.1" in answer.text
    for secret in ("Given", "Family", "p.example", "ann@example.org", person.sub, "/account"):
        assert secret not in answer.text
    assert 'href="/account"' in provider.browser(person).get("/u/ann.1").text


def test_who_is_not_there_has_no_page(provider: Provider) -> None:
    """Unknown names, addresses, and closed accounts are all the same 404."""
    provider.person("gone@example.org", username="gone", disabled_at=clock.now())
    provider.person("bob@example.org", username="bob")
    pages = [provider.browser().get(f"/u/{name}") for name in ("nobody", "gone", "bob@example.org", "%20bob%20x")]
    assert [page.status_code for page in pages] == [404] * 4
    assert len({page.text for page in pages}) == 1
