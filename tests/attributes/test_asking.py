"""Required fields: asked for at sign-up, and of whoever lacks one before anything else; and what people edit of the rest."""

import json
from urllib.parse import quote

import pytest

from idp import purging
from idp.accounts import attribute_values, lookup, taking
from idp.accounts.taking import Authority
from idp.attributes import service
from idp.attributes.definition import Definition
from idp.base.database import session
from idp.base.outcome import Reason
from tests.attributes.defining import DEPARTMENT, change, define, give, of, remove
from tests.core import mails
from tests.factories import PASSWORD, Client, Provider, parameters
from tests.me.test_data import download
from tests.support.events import search

COMPLETE = "/complete-profile"


def test_what_is_required_is_asked_before_anything_else(provider: Provider) -> None:
    """Who lacks a required field is led to it from every page and back, gets a sentence for what is no value, and is asked once."""
    ann = provider.person()
    browser = provider.browser(ann)
    assert browser.get(COMPLETE).location == "/account"
    define(provider, "department", **DEPARTMENT, required=True, about="As on your badge.")
    define(provider, "birthdate", kind="standard", required=True)
    define(provider, "badge", edited_by="administrators", required=True)
    for path in ("/account", "/account/apps", "/account/security?with=factors"):
        answer = browser.get(path)
        assert (answer.status_code, answer.location) == (303, f"{COMPLETE}?next={quote(path, safe='')}")
    page = browser.get(f"{COMPLETE}?next=/account/apps").text
    for said in ("Department", "As on your badge.", "Date of birth", 'id="complete-submit"', 'autocomplete="bday"'):
        assert said in page
    assert ("badge</label>" in page, "Nickname" in page) == (False, False)
    path = f"{COMPLETE}?next=/account/apps"
    refused = browser.submit(path, attribute_department="Spying", birthdate="1990-12-31")
    assert (refused.status_code, "Choose from what is offered." in refused.text) == (400, True)
    refused = browser.submit(path, attribute_department="IT", birthdate=" ")
    assert (refused.status_code, "Fill this in: it is required." in refused.text) == (400, True)
    assert of(provider, ann) == {}
    answer = browser.submit(path, attribute_department="IT", birthdate="1990-12-31")
    assert (answer.status_code, answer.location) == (303, "/account/apps")
    assert browser.get("/account").status_code == 200
    with provider.account(ann) as account:
        assert (account.attributes, account.details) == ({"department": "IT"}, {"birthdate": "1990-12-31"})
    with provider.working():
        (event,) = session().scalars(search("account.attributes_changed"))
        assert (event.subject, event.detail["attributes"]) == (ann.sub, "department")
        assert event.changes == {"filled": ["", "department"]}


def test_who_does_not_say_can_leave(provider: Provider) -> None:
    """A required field keeps nobody from signing out, from their data and from deleting the account."""
    ann = provider.person()
    browser = provider.browser(ann)
    define(provider, "given_name", kind="standard", required=True)
    assert browser.get("/account/data").status_code == 200
    assert browser.get("/account/delete").status_code == 200
    page = browser.get(COMPLETE).text
    for path in ("/account/data", "/account/delete", "/signout"):
        assert f'href="{path}"' in page
    browser.sign_out()
    assert browser.get(COMPLETE).location == f"/signin?next={quote(COMPLETE, safe='')}"


@pytest.mark.parametrize("first_party", [True, False])
def test_an_app_waits_for_it(provider: Provider, first_party: bool) -> None:
    """An authorization request leads to the fields, goes on where it was, and with prompt=none is interaction_required."""
    client: Client = provider.client(first_party=first_party)
    browser = provider.browser(provider.person())
    browser.answer(client)
    define(provider, "department", **DEPARTMENT, required=True)
    silent = parameters(browser.authorize(client, prompt="none"), client)
    assert silent["error"] == "interaction_required"
    answer = browser.authorize(client)
    assert answer.location.startswith(f"{COMPLETE}?next=%2Foauth%2Fresume")
    assert "to continue to" in browser.get(answer.location).text
    done = browser.submit(answer.location, attribute_department="IT")
    assert "code" in parameters(browser.follow(done, client), client)
    assert "code" in browser.answer(client, prompt="none")
    change(provider, "department", required=False)
    define(provider, "shoe", kind="number", required=True)
    remove(provider, "shoe")
    assert "code" in browser.answer(client, prompt="none")


def test_sign_up_asks(provider: Provider) -> None:
    """The sign-up form asks for what is required and for what is to be asked, keeps what was typed, and the account has it."""
    define(provider, "department", **DEPARTMENT, required=True)
    define(provider, "shoe", kind="number", label="Shoe size", minimum="30", maximum="50", at_sign_up=True)
    define(provider, "family_name", kind="standard", required=True)
    define(provider, "address.country", kind="standard", at_sign_up=True)
    define(provider, "later")
    browser = provider.browser()
    page = browser.get("/signup").text
    for said in ("Department", "Shoe size", "From 30 to 50.", "Country"):
        assert said in page
    assert 'name="attribute_later"' not in page
    typed = {"email": "new@example.org", "password": PASSWORD, "country": "Sweden"}
    for missing in ({"attribute_department": "IT"}, {"family_name": "Ng"}):
        refused = browser.submit("/signup", **typed, **missing)
        assert (refused.status_code, "Fill this in: it is required." in refused.text) == (400, True)
    typed |= {"attribute_department": "IT", "family_name": "Ng"}
    refused = browser.submit("/signup", **typed, attribute_shoe="12")
    assert (refused.status_code, "Enter 30 or more." in refused.text, 'value="12"' in refused.text) == (400, True, True)
    assert browser.submit("/signup", **typed, attribute_shoe="42.5").status_code == 303
    with provider.working():
        code = mails.newest().code
    assert browser.submit("/verify", code=code).location == "/account"
    assert browser.get("/account").status_code == 200
    with provider.working():
        account = lookup.find_by_email("new@example.org")
        assert account is not None
        assert account.attributes == {"department": "IT", "shoe": 42.5}
        assert (account.family_name, account.details) == ("Ng", {"address": {"country": "Sweden"}})


def test_older_interfaces_do_not_ask(provider: Provider) -> None:
    """A sign-up without pages works as it is documented, whatever is required there; the person is asked at the next page."""
    define(provider, "department", **DEPARTMENT, required=True)
    answer = provider.http.post(
        "/auth/signup", json={"email": "new@example.org", "password": PASSWORD, "fullName": "New Comer"}
    )
    assert answer.status_code == 201, answer.text
    with provider.working():
        from idp.accounts import signup

        made = signup.register(signup.Application("other@example.org", PASSWORD), source="192.0.2.1")
        assert not isinstance(made, list)


def test_the_profile_shows_and_takes_what_is_the_persons(provider: Provider) -> None:
    """A person sees what is theirs to see, edits what is theirs to edit, all or nothing, and keeps what is not offered any more."""
    define(provider, "department", **DEPARTMENT)
    define(provider, "badge", edited_by="administrators", label="Badge number")
    define(provider, "rating", seen_by="administrators", edited_by="administrators", label="Secret rating")
    ann = provider.person()
    give(provider, ann, department="Sales", badge="B-7", rating="best")
    change(provider, "department", choices=("IT", "Law"))
    browser = provider.browser(ann)
    page = browser.get("/account").text
    for said in ("Badge number", "B-7", "Department", 'selected value="Sales"'):
        assert said in page
    assert ("Secret rating" in page, 'name="attribute_badge"' in page) == (False, False)
    kept = {"given_name": "Ann", "attribute_department": "Sales"}
    assert browser.submit("/account", **kept).status_code == 303
    refused = browser.submit("/account", given_name="Bea", attribute_department="Spying")
    assert (refused.status_code, "Choose from what is offered." in refused.text) == (400, True)
    assert (
        browser.submit("/account", **kept, attribute_badge="B-8", attribute_rating="worst", nickname="A").status_code
        == 303
    )
    with provider.account(ann) as account:
        assert (account.given_name, account.details) == ("Ann", {"nickname": "A"})
    assert of(provider, ann) == {"department": "Sales", "badge": "B-7", "rating": "best"}
    assert browser.submit("/account", given_name="Ann", attribute_department="").status_code == 303
    assert of(provider, ann) == {"badge": "B-7", "rating": "best"}
    with provider.account(ann) as account:
        refusals = attribute_values.change(account, {"badge": "B-9"}, source="192.0.2.1")
    assert [(refused.reason, refused.field) for refused in refusals] == [(Reason.UNKNOWN, "badge")]


def test_values_go_with_the_attribute_and_with_the_account(provider: Provider) -> None:
    """What somebody has is found by its words, downloaded by them, and forgotten by the purge once the attribute is deleted."""
    define(provider, "department", **DEPARTMENT)
    define(provider, "team")
    ann, bob = provider.person(), provider.person("bob@example.org")
    give(provider, ann, department="Sales", team="Narwhals")
    give(provider, bob, team="Otters")
    with provider.working():
        assert [found.id for found in lookup.search("narwhal", 10).rows()] == [ann.id]
    browser = provider.browser(ann)
    document = json.loads(download(browser).text)
    assert document["accounts"][0]["attributes"] == {"department": "Sales", "team": "Narwhals"}
    remove(provider, "team")
    assert "Narwhals" not in browser.get("/account").text
    with provider.working():
        assert attribute_values.purge(1) == 1
    with provider.app.app_context():
        purging.run()
    assert (of(provider, ann), of(provider, bob)) == ({"department": "Sales"}, {})
    with provider.working():
        assert lookup.search("narwhal", 10).rows() == []
    define(provider, "team", kind="number")
    remove(provider, "team")
    with provider.working():
        assert service.find("team") is None
        taken = service.create(Definition("team"), actor="the tests")
    assert isinstance(taken, list), "ann has a value in another attribute, which may be of this one"


def test_nobody_writes_without_the_account(provider: Provider) -> None:
    """A value is written where the account is held, and an address that changes hands keeps what administrators said alone."""
    from idp.accounts import claiming

    define(provider, "team")
    define(provider, "badge", edited_by="administrators")
    ann = provider.person(verified=False)
    give(provider, ann, team="Narwhals", badge="B-7")
    with provider.working():
        account = taking.take(Authority(ann.id))
        assert account
        claiming.settle(account, source="192.0.2.1")
    with provider.working():
        found = lookup.find_by_email(ann.email)
        assert found is not None
        assert "team" not in (found.attributes or {})
