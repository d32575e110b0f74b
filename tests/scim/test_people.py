"""Making, reading, replacing and erasing people (RFC 7644, sections 3.3 to 3.6)."""

from typing import Any

from sqlalchemy import select

from idp import audit
from idp.accounts import lookup, recovery
from idp.accounts.models import Account
from idp.base.database import session
from idp.groups import members
from tests.core import mails
from tests.factories import PASSWORD, Browser, Person, Provider
from tests.groups.making import account, group
from tests.scim.calling import ENTERPRISE, USER, Directory, refused, told

FULL = {
    "externalId": "701984",
    "name": {"givenName": "Barbara", "familyName": "Jensen", "middleName": "Jane", "honorificPrefix": "Ms."},
    "displayName": "Babs Jensen",
    "nickName": "Babs",
    "title": "Tour Guide",
    "profileUrl": "https://login.example.com/bjensen",
    "locale": "en-GB",
    "timezone": "Europe/Berlin",
    "active": True,
    "emails": [
        {"value": "home@example.org", "type": "home"},
        {"value": "bjensen@example.com", "type": "work", "primary": True},
    ],
    "phoneNumbers": [{"value": "tel:+49-30-1234567", "type": "work"}],
    "addresses": [{"streetAddress": "1 Main St", "locality": "Berlin", "country": "DE", "type": "work"}],
    ENTERPRISE: {"employeeNumber": "701984", "department": "Tours"},
}


def found(provider: Provider, sub: str) -> Account:
    """Return an account, inside `working`."""
    held = lookup.find_by_sub(sub)
    assert held is not None
    return held


def test_a_person_is_made_and_read_as_told(provider: Provider, directory: Directory) -> None:
    """Everything that a directory tells of a person is given back, and what fits goes into the account's profile."""
    made = directory.make("bjensen", **FULL)
    answer = directory.send("GET", f"/Users/{made['id']}")
    read = told(answer, 200)
    assert read == made
    assert {name: read[name] for name in FULL} == FULL
    assert read["schemas"] == [USER, ENTERPRISE]
    assert read["meta"]["location"] == f"{provider.issuer}/scim/v2/Users/{made['id']}"
    assert read["meta"]["version"] == answer.headers["ETag"]
    with provider.working():
        held = found(provider, made["id"])
        assert (held.email, held.username, held.name) == ("bjensen@example.com", "bjensen", "Barbara Jensen")
        assert held.details["phone_number"] == "+49301234567"
        assert (held.details["zoneinfo"], held.details["address"]["locality"]) == ("Europe/Berlin", "Berlin")
        assert not held.is_verified
        assert held.is_vouched_for
        event = audit.recent(made["id"])[0]
        assert (event.event, event.actor) == ("account.created", directory.actor)


def test_a_name_that_is_an_address_is_enough(provider: Provider, directory: Directory) -> None:
    """Of a userName that is an address the account gets the address, and no username."""
    made = directory.make("Bjensen@Example.com")
    assert made["userName"] == "Bjensen@Example.com"
    assert made["emails"] == [{"value": "Bjensen@Example.com", "type": "work", "primary": True}]
    with provider.working():
        held = found(provider, made["id"])
        assert (held.email, held.username) == ("bjensen@example.com", None)


def test_an_account_that_no_directory_made_is_told_too(provider: Provider, directory: Directory, ann: Person) -> None:
    """Somebody who signed up is found by address, and told with what the account says."""
    (read,) = directory.find("Users", f'userName eq "{ann.email}"')
    assert (read["id"], read["active"]) == (ann.sub, True)
    assert read["emails"] == [{"value": ann.email, "type": "work", "primary": True}]


NOBODY: tuple[Any, ...] = (
    ({}, "userName"),
    ({"userName": "x"}, "emails"),
    ({"userName": "", "emails": [{"value": "x@example.org"}]}, "userName"),
    ({"userName": "x", "emails": [{"value": "no address"}]}, "emails"),
    ({"userName": "x" * 256, "emails": [{"value": "x@example.org"}]}, "userName"),
    ({"userName": 7, "emails": [{"value": "x@example.org"}]}, "userName"),
    ({"userName": "x@example.org", "active": "perhaps"}, "active"),
    ({"userName": "x@example.org", "name": "Ann"}, "name"),
    ({"userName": "x@example.org", "name": {"givenName": "a\u0007"}}, "name.givenName"),
    ({"userName": "x@example.org", "password": "short"}, "password"),
    ({"userName": "x@example.org", "password": "password1234"}, "password"),
    ({"userName": "x@example.org", "title": "x" * 5000}, "title"),
    ({"userName": "x@example.org", "photos": [{"value": "x" * 3000}] * 9}, "longer"),
)


def test_what_cannot_be_is_refused_by_name(directory: Directory) -> None:
    """A body that makes no account is refused with `invalidValue` and a sentence that names the attribute."""
    for body, said in NOBODY:
        assert said in refused(directory.send("POST", "/Users", {"schemas": [USER], **body}), 400, "invalidValue")
        assert directory.get("/Users")["totalResults"] == 0


def test_names_and_addresses_are_given_once(directory: Directory, ann: Person) -> None:
    """A userName or an address that another account has is a conflict, in whatever case."""
    directory.make("bjensen", emails=[{"value": "one@example.org"}])
    for name, address in (
        ("BJENSEN", "two@example.org"),
        ("other", "One@example.org"),
        (ann.email, "three@example.org"),
    ):
        body = {"userName": name, "emails": [{"value": address}]}
        refused(directory.send("POST", "/Users", body), 409, "uniqueness")


def test_a_put_says_all_but_address_and_state(provider: Provider, directory: Directory) -> None:
    """What a PUT leaves out is taken away, but for the address and whether the account is open."""
    made = directory.make("bjensen", **FULL)
    told(directory.send("PUT", f"/Users/{made['id']}", {"userName": "bjensen", "active": False}), 200)
    after = told(directory.send("PUT", f"/Users/{made['id']}", {"userName": "barbara"}), 200)
    assert after["active"] is False
    assert after["emails"] == made["emails"]
    assert not {"name", "title", "externalId", ENTERPRISE} & after.keys()
    assert directory.find("Users", 'userName eq "barbara"') == [after]
    assert directory.find("Users", 'userName eq "bjensen"') == []
    with provider.working():
        held = found(provider, made["id"])
        assert (held.username, held.name, held.details) == ("barbara", "", {})


def test_a_person_who_is_disabled_is_out_everywhere(provider: Provider, trusted: Directory) -> None:
    """Where a directory disables an account its sessions and grants end, and only what a directory disabled it enables."""
    made = trusted.make("bjensen@example.com", password=PASSWORD)
    with provider.working():
        person = Person(found(provider, made["id"]).id, made["id"], "bjensen@example.com")
    browser, shop = provider.browser(person), provider.client()
    tokens = provider.grant(shop, browser, scope="openid offline_access")
    told(trusted.send("PUT", f"/Users/{made['id']}", {"userName": made["userName"], "active": False}), 200)
    assert browser.get("/account").status_code == 303
    assert provider.refresh(shop, tokens["refresh_token"]).status_code == 400
    assert provider.userinfo(tokens["access_token"]).status_code == 401
    told(trusted.send("PUT", f"/Users/{made['id']}", {"userName": made["userName"], "active": True}), 200)
    assert Browser(provider).sign_in("/signin", person).location == "/account"
    with provider.working():
        events = [(event.event, event.actor) for event in audit.recent(made["id"])]
        assert ("account.disabled", trusted.actor) in events
        assert ("account.enabled", trusted.actor) in events


def test_an_erased_person_is_gone_and_may_come_again(provider: Provider, directory: Directory) -> None:
    """After a DELETE there is no such resource, nothing of it is left, and its name and address are free (section 3.6)."""
    made = directory.make("bjensen", **FULL)
    told(directory.send("DELETE", f"/Users/{made['id']}"), 204)
    for method, body in (("GET", None), ("PUT", {"userName": "x"}), ("DELETE", None)):
        refused(directory.send(method, f"/Users/{made['id']}", body), 404)
    assert directory.make("bjensen", **FULL)["id"] != made["id"]
    with provider.working():
        assert session().scalars(select(Account.sub)).all() != [made["id"]]


def test_the_owner_of_the_address_gets_what_the_directory_gave(provider: Provider, directory: Directory) -> None:
    """Who proves the address of an account that a directory made has its name there, its groups and its profile."""
    made = directory.make("bjensen@example.com", name={"givenName": "Barbara"}, externalId="701984")
    with provider.working():
        held = found(provider, made["id"])
        assert members.add(group("/staff"), held, actor="test") is None
        recovery.request("bjensen@example.com", source="s")
        token = next(mail for mail in mails.waiting() if mail.label == "reset_password").token
    Browser(provider).submit(f"/reset/password?token={token}", password="the owner's own pass phrase")
    read = directory.again(made)
    assert (read["externalId"], read["name"]["givenName"], read["groups"][0]["display"]) == (
        "701984",
        "Barbara",
        "staff",
    )
    with provider.working():
        assert found(provider, made["id"]).is_verified


def test_each_client_has_its_own_external_ids(provider: Provider, directory: Directory, ann: Person) -> None:
    """How one client names an account no other client is told, and it goes with the client."""
    other = Directory(provider, name="other")
    told(directory.send("PUT", f"/Users/{ann.sub}", {"userName": ann.email, "externalId": "a"}), 200)
    told(other.send("PUT", f"/Users/{ann.sub}", {"userName": ann.email, "externalId": "b"}), 200)
    assert directory.get(f"/Users/{ann.sub}")["externalId"] == "a"
    assert [one["id"] for one in other.find("Users", 'externalId eq "b"')] == [ann.sub]
    assert other.find("Users", 'externalId eq "a"') == []
    with provider.registration(other.client) as row:
        from idp.clients import service

        service.remove(row)
    again = Directory(provider, name="other")
    assert "externalId" not in again.get(f"/Users/{ann.sub}")
    with provider.working():
        assert account(ann).email == ann.email
