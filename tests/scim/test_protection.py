"""What a directory may not do: change administrators, take accounts over, undo what administrators decided."""

from datetime import timedelta
from typing import Any

import pytest

from idp.accounts import lookup, service
from idp.accounts.authority import granting
from idp.base import clock
from tests.factories import PASSWORD, Browser, Client, Person, Provider
from tests.scim.calling import Directory, op, refused, told

OTHER = "quite another pass phrase"


@pytest.fixture
def owner(provider: Provider) -> Person:
    """Somebody who owns the server."""
    return provider.person("owner@example.org", is_admin=True)


FORBIDDEN: tuple[Any, ...] = (
    op("replace", "active", False),
    op("replace", "userName", "root"),
    op("replace", "name.familyName", "Mallory"),
    op("replace", 'emails[type eq "work"].value', "mallory@example.org"),
    op("replace", "password", OTHER),
)


def test_administrators_are_not_changed(provider: Provider, trusted: Directory, owner: Person) -> None:
    """No directory disables or renames an administrator, nor chooses the address or the password, whatever it vouches for."""
    for operation in FORBIDDEN:
        present = trusted.get(f"/Users/{owner.sub}")
        assert "administer" in trusted.patch(present, operation, status=403)["detail"]
        refused(trusted.send("DELETE", f"/Users/{owner.sub}"), 403)
        assert trusted.again(present) == present
        assert Browser(provider).sign_in("/signin", owner).location == "/account"


def test_administrators_are_named_and_put_into_groups(directory: Directory, owner: Person) -> None:
    """A directory has its own name for an administrator, and says to which of its groups the person belongs."""
    present = directory.get(f"/Users/{owner.sub}")
    after = directory.patch(present, op("add", "externalId", "1"), op("add", "title", "Chief"))
    assert (after["externalId"], after["title"]) == ("1", "Chief")
    assert directory.members(directory.group("Staff", owner.sub)) == [owner.sub]


def test_any_role_protects(provider: Provider, trusted: Directory, ann: Person) -> None:
    """Somebody of the help desk is protected as an owner is, and no more once the role has ended."""
    with provider.account(ann) as account:
        granting.give(account, "help-desk", by="the tests", ends_at=clock.now() + timedelta(days=1))
    present = trusted.get(f"/Users/{ann.sub}")
    trusted.patch(present, op("replace", "active", False), status=403)
    with clock.moved(timedelta(days=2)):
        later = Directory(provider, name="later")
        assert later.patch(present, op("replace", "active", False))["active"] is False


def test_a_proved_address_is_its_owners(provider: Provider, directory: Directory, ann: Person) -> None:
    """Without `scim.vouch` nobody's address or password changes who has proved the address."""
    present = directory.get(f"/Users/{ann.sub}")
    for operation in (op("replace", "emails", [{"value": "mallory@example.org"}]), op("replace", "password", OTHER)):
        assert "own" in directory.patch(present, operation, status=403)["detail"]
    assert Browser(provider).sign_in("/signin", ann).location == "/account"


def test_an_address_that_nobody_proved_stays_unproved(provider: Provider, directory: Directory) -> None:
    """Without `scim.vouch` a new account's address is unproved, and so is the next one."""
    made = directory.make("one@example.org", password=PASSWORD)
    moved = directory.patch(made, op("replace", 'emails[type eq "work"].value', "two@example.org"))
    assert moved["emails"][0]["value"] == "two@example.org"
    with provider.working():
        account = lookup.find_by_sub(made["id"])
        assert account is not None
        assert (account.email, account.is_verified) == ("two@example.org", False)


def test_a_client_that_vouches_proves_addresses(provider: Provider, trusted: Directory, ann: Person) -> None:
    """With `scim.vouch` new and changed addresses are proved, and a new password ends every session."""
    made = trusted.make("one@example.org")
    browser, present = provider.browser(ann), trusted.get(f"/Users/{ann.sub}")
    trusted.patch(
        present, op("replace", 'emails[type eq "work"].value', "new@example.org"), op("add", "password", OTHER)
    )
    with provider.working():
        for sub, email in ((made["id"], "one@example.org"), (ann.sub, "new@example.org")):
            account = lookup.find_by_sub(sub)
            assert account is not None
            assert (account.email, account.is_verified) == (email, True)
    assert browser.get("/account").status_code == 303
    assert (
        Browser(provider).sign_in("/signin", Person(ann.id, ann.sub, "new@example.org", OTHER)).location == "/account"
    )


def test_an_unproved_squatter_gives_way_to_a_client_that_vouches(
    provider: Provider, directory: Directory, trusted: Directory
) -> None:
    """An account that somebody signed up with another's address blocks only a directory whose word is not believed."""
    squatter = provider.person("boss@example.org", verified=False)
    directory.make("boss@example.org", status=409)
    assert trusted.make("boss@example.org")["id"] != squatter.sub


def test_what_an_administrator_disabled_stays_disabled(provider: Provider, directory: Directory, ann: Person) -> None:
    """A directory enables no account that somebody else has disabled, nor one that its owner closed."""
    with provider.account(ann) as account:
        service.set_disabled(account, True, actor="root")
    present = directory.get(f"/Users/{ann.sub}")
    assert present["active"] is False
    assert "administrator" in directory.patch(present, op("replace", "active", True), status=403)["detail"]
    with provider.account(ann) as account:
        account.erase_at = clock.now() + timedelta(days=14)
    assert "erased" in directory.patch(present, op("replace", "active", True), status=403)["detail"]
    told(directory.send("PUT", f"/Users/{ann.sub}", {"userName": ann.email, "title": "Gone"}), 200)


@pytest.fixture
def client_administrator(provider: Provider) -> Browser:
    """Somebody who may register apps, and nothing else."""
    person = provider.person("clients@example.org")
    with provider.account(person) as account:
        granting.give(account, "clients", by="the tests")
    return provider.browser(person)


def test_nobody_gives_an_app_what_they_may_not_do(
    provider: Provider, directory: Directory, client_administrator: Browser, owner: Person
) -> None:
    """Who administers apps alone neither registers one for `scim`, nor changes one, nor gets its secret; an owner may."""
    fields = {"kind": "service", "client_name": "Mine", "scope": "scim"}
    answer = client_administrator.submit("/admin/clients/new", **fields)
    assert answer.status_code == 400
    assert "does what you may not do yourself" in answer.text
    shop = provider.client(grant_types=["client_credentials"], redirect_uris=[], scope="")
    assert client_administrator.submit(f"/admin/clients/{shop.client_id}", scope="scim").status_code == 400
    own = f"/admin/clients/{directory.client.client_id}"
    assert client_administrator.submit(own, client_name="Mine now").status_code == 400
    assert client_administrator.get(f"{own}/secret").status_code == 403
    assert provider.browser(owner).get(f"{own}/secret").status_code == 200
    assert provider.browser(owner).submit("/admin/clients/new", **fields).status_code == 201


def test_a_client_does_not_give_itself_the_scope(provider: Provider) -> None:
    """A client that registers itself gets no scope of provisioning (RFC 7591)."""
    body = {"grant_types": ["client_credentials"], "scope": "scim scim.vouch", "client_name": "Self"}
    provider.app.extensions["idp.settings"].registration = "open"
    made = provider.http.post("/oauth/register", json=body).json
    assert "scim" not in made.get("scope", "")
    client = Client(made["client_id"], made["client_secret"], None)  # type: ignore[arg-type] # not looked at
    answer = provider.token(client, grant_type="client_credentials", scope="scim")
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_scope")
