"""Terms of service: accepted before anything else, anew with each version, and at every door."""

from urllib.parse import quote

import pytest
from sqlalchemy import select

from idp import policies
from idp.accounts import lookup
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import session
from idp.base.outcome import Reason
from idp.terms import service
from idp.terms.models import TermsAcceptance, TermsVersion
from tests.factories import Browser, Client, Person, Provider, parameters
from tests.federation.traveller import events

TEXT = "Be kind.\n\nDo not <script>."


def publish(provider: Provider, name: str = "2027-01", text: str = TEXT, summary: str = "") -> int:
    """Publish a version and return its number."""
    with provider.working():
        made = service.publish(name, text, summary, actor="the tests")
        assert isinstance(made, TermsVersion), made
        return made.id


def accepted(provider: Provider, person: Person) -> list[int]:
    """Return the versions that somebody has accepted."""
    with provider.working():
        query = select(TermsAcceptance.version_id).where(TermsAcceptance.account_id == person.id)
        return list(session().scalars(query.order_by(TermsAcceptance.version_id)))


def accept(browser: Browser, path: str = "/terms") -> str:
    """Accept what is shown, and return where that leads."""
    answer = browser.submit(path)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_terms_come_before_anything_else(provider: Provider) -> None:
    """Each page leads to the terms and, once they are accepted, back; which version, and when, is recorded once."""
    ann = provider.person()
    browser = provider.browser(ann)
    number = publish(provider, summary="Kindness is new.")
    for path in ("/account", "/account/apps", "/account/security?with=factors"):
        answer = browser.get(path)
        assert (answer.status_code, answer.location) == (303, f"/terms?next={quote(path, safe='')}")
    assert provider.browser().sign_in("/signin", ann).location == "/account"
    page = browser.get("/terms?next=/account/apps").text
    for said in ("Be kind.", "Do not &lt;script&gt;.", "Kindness is new.", "Version 2027-01 of", 'id="terms-accept"'):
        assert said in page
    began = clock.now()
    assert accept(browser, "/terms?next=/account/apps") == "/account/apps"
    assert browser.get("/account/apps").status_code == 200
    assert browser.get("/terms?next=/account").location == "/account"
    assert 'id="terms-accept"' not in browser.get("/terms").text
    with provider.working():
        (row,) = session().scalars(select(TermsAcceptance))
        assert (row.account_id, row.version_id) == (ann.id, number)
        assert began <= row.accepted_at <= clock.now()
    found = events(provider, "terms.accepted")
    assert [(event["subject"], event["version"]) for event in found] == [(ann.sub, "2027-01")]
    assert "Terms of service accepted" in browser.get("/account/activity").text


def test_a_new_version_is_accepted_anew(provider: Provider) -> None:
    """With each version everybody is asked once more, what was accepted before stays recorded, and without terms nobody is asked."""
    ann = provider.person()
    browser = provider.browser(ann)
    first = publish(provider)
    accept(browser)
    second = publish(provider, "2027-02")
    assert browser.get("/account").location == "/terms?next=%2Faccount"
    accept(browser)
    assert accepted(provider, ann) == [first, second]
    publish(provider, "2027-03")
    with provider.working():
        assert service.end(actor="the tests")
        assert not service.end(actor="the tests")
    assert browser.get("/account").status_code == 200
    assert browser.get("/terms").status_code == 404
    assert accepted(provider, ann) == [first, second]


def test_what_was_not_read_is_not_accepted(provider: Provider) -> None:
    """Whoever reads one version while another is put in force is shown that one, and accepts it, or nothing."""
    ann = provider.person()
    browser = provider.browser(ann)
    first = publish(provider)
    token = {
        "csrf_token": browser.get("/terms").text.partition('name="csrf_token"')[2].partition('value="')[2].split('"')[0]
    }
    second = publish(provider, "2027-02", "Something else.")
    for version in (str(first), "", "x", "99", "9" * 30):
        answer = browser.http.post("/terms", data=token | {"version": version}, headers={"Accept": "text/html"})
        assert (answer.status_code, "Something else." in answer.text) == (409, True)
    assert accepted(provider, ann) == []
    assert browser.http.post("/terms", data=token | {"version": str(second)}).status_code == 303
    assert accepted(provider, ann) == [second]


def test_who_does_not_accept_can_leave(provider: Provider) -> None:
    """The terms keep nobody from signing out, from their data and from deleting the account; anybody may read them."""
    ann = provider.person()
    browser = provider.browser(ann)
    publish(provider)
    assert browser.get("/account/data").status_code == 200
    assert browser.submit("/account/data").status_code in {303, 405}
    assert browser.get("/account/delete").status_code == 200
    page = browser.get("/terms").text
    for path in ("/account/data", "/account/delete", "/signout"):
        assert f'href="{path}"' in page
    browser.sign_out()
    stranger = provider.browser().get("/terms")
    assert (stranger.status_code, "Be kind." in stranger.text, 'id="terms-accept"' in stranger.text) == (
        200,
        True,
        False,
    )


@pytest.mark.parametrize("first_party", [True, False])
def test_an_app_waits_for_them(provider: Provider, first_party: bool) -> None:
    """An authorization request leads to the terms, goes on where it was, and with prompt=none is interaction_required."""
    client: Client = provider.client(first_party=first_party)
    browser = provider.browser(provider.person())
    browser.answer(client)
    publish(provider)
    silent = parameters(browser.authorize(client, prompt="none"), client)
    assert silent["error"] == "interaction_required"
    answer = browser.authorize(client)
    assert answer.location.startswith("/terms?next=%2Foauth%2Fresume")
    assert "to continue to" in browser.get(answer.location).text
    assert "code" in parameters(browser.follow(browser.submit(answer.location), client), client)
    assert "code" in browser.answer(client, prompt="none")


def test_a_new_person_accepts_after_signing_up(provider: Provider) -> None:
    """Whoever signs up for an app proves the address, accepts, and goes on to the app."""
    from tests.core import mails
    from tests.factories import PASSWORD

    client = provider.client(first_party=True)
    publish(provider)
    browser = provider.browser()
    path = browser.authorize(client, prompt="create").location
    path = browser.submit(path, email="new@example.com", password=PASSWORD).location
    with provider.working():
        code = mails.newest().code
    answer = browser.submit(path, code=code)
    while not answer.location.startswith("/terms"):
        answer = browser.get(answer.location)
    assert "code" in parameters(browser.follow(browser.submit(answer.location), client), client)


def test_older_interfaces_wait_for_them(provider: Provider) -> None:
    """A sign-in without pages is refused in its own shape until the terms are accepted on one; tokens that are there go on."""
    ann = provider.person()
    number = publish(provider)
    body = {"email": ann.email, "password": ann.password}
    answer = provider.app.test_client().post("/auth/login", json=body)
    assert (answer.status_code, "terms of service have to be accepted" in answer.json["message"]) == (401, True)
    browser = provider.browser()
    browser.sign_in("/signin", ann)
    accept(browser)
    assert provider.app.test_client().post("/auth/login", json=body).status_code == 200
    assert accepted(provider, ann) == [number]


@pytest.mark.parametrize(
    ("fields", "member"),
    [
        ({"name": " ", "text": "x"}, "name"),
        ({"name": "n" * 65, "text": "x"}, "name"),
        ({"name": "2027-01", "text": "x"}, "name"),
        ({"name": "a", "text": " \n"}, "text"),
        ({"name": "a", "text": "x" * 50_001}, "text"),
        ({"name": "a", "text": "x\0"}, "text"),
        ({"name": "a", "text": "x", "summary": "s" * 1001}, "summary"),
    ],
)
def test_bad_terms_are_refused(provider: Provider, fields: dict[str, str], member: str) -> None:
    """What is wrong with a version is told with its member, and the one in force stays."""
    number = publish(provider)
    with provider.working():
        made = service.publish(**fields, actor="the tests")
        assert isinstance(made, list)
        assert [(refused.reason, refused.field) for refused in made] == [(Reason.POLICY_INVALID, member)]
        assert policies.get(service.RULE) == number == policies.recall(service.RULE)


def test_an_account_that_is_handed_over_accepts_anew(provider: Provider) -> None:
    """What a stranger accepted under somebody's address does not count for its owner."""
    from idp.accounts import claiming
    from idp.accounts import service as accounts

    publish(provider)
    with provider.working():
        made = accounts.add("waits@example.com", username=None, password=None, verified=False)
        assert isinstance(made, Account)
        assert service.accept(made, 1, source="192.0.2.1")
        owner = claiming.claim(made)
        assert owner.terms_version is None
        assert lookup.find_by_email("waits@example.com") is owner
