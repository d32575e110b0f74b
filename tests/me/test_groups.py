"""A person's own groups, and the members of those that they own: what an owner may, and what nobody gets by owning."""

import json

from idp.groups import lookup, members
from tests.factories import CSRF, Browser, Person, Provider
from tests.groups.making import account, group
from tests.spec.rfc9068.standing import give, put_into


def own(provider: Provider, person: Person, *paths: str) -> list[int]:
    """Make somebody the owner of groups; return their numbers."""
    with provider.working():
        for path in paths:
            assert members.add_owner(group(path), account(person), actor="root") is None
        return [group(path).id for path in paths]


def number(provider: Provider, path: str) -> int:
    """Return the number of a group, made where it is not there yet."""
    with provider.working():
        return group(path).id


def post(browser: Browser, page: str, path: str, **fields: str) -> int:
    """Send a form from a page to an address; return the status."""
    token = CSRF.search(browser.get(page).text)
    assert token is not None
    return browser.http.post(path, data=fields | {"csrf_token": token[1]}, headers={"Accept": "text/html"}).status_code


def in_group(provider: Provider, path: str) -> list[int]:
    """Return who was put into a group itself."""
    with provider.working():
        from idp.base.database import session

        return [row.account_id for row in session().scalars(lookup.members(group(path).id))]


def test_a_person_sees_their_groups_and_roles(provider: Provider, ann: Person) -> None:
    """The page has the groups that one was put into and the roles that one has, and the download says what they are called."""
    put_into(provider, ann, "/eng/backend")
    give(provider, ann, "editor")
    own(provider, ann, "/ops")
    browser = provider.browser(ann)
    page = browser.get("/account/groups").text
    assert "/eng/backend" in page
    assert "editor" in page
    assert f'href="/account/groups/{number(provider, "/ops")}"' in page
    token = CSRF.search(browser.get("/account/data").text)
    assert token is not None
    document = json.loads(browser.http.post("/account/data/download", data={"csrf_token": token[1]}).text)
    assert [row["path"] for row in document["group_members"]] == ["/eng/backend"]
    assert [row["path"] for row in document["group_owners"]] == ["/ops"]
    assert [row["name"] for row in document["role_holders"]] == ["editor"]
    assert "Put into a group" in browser.get("/account/activity").text


def test_an_owner_manages_members(provider: Provider, ann: Person) -> None:
    """An owner adds somebody by address or username until a day, sees them, and takes them out; also in a group below."""
    bob = provider.person("bob@example.org", username="bob")
    (eng,) = own(provider, ann, "/eng")
    below = number(provider, "/eng/backend")
    browser = provider.browser(ann)
    for place, name in ((eng, "bob@example.org"), (below, "BOB")):
        path = f"/account/groups/{place}"
        assert browser.submit(path, member=name, until="2099-12-31").status_code == 303
        page = browser.get(path).text
        assert "bob@example.org" in page
        assert "31 Dec 2099" in page
    assert in_group(provider, "/eng/backend") == [bob.id]
    assert post(browser, f"/account/groups/{below}", f"/account/groups/{below}/members/{bob.sub}/remove") == 303
    assert in_group(provider, "/eng/backend") == []


def test_what_is_wrong_is_said_at_its_field(provider: Provider, ann: Person) -> None:
    """Nobody, somebody whose address is not proved, and a day that is over, are refused at their fields, and nothing is done."""
    provider.person("unproved@example.org", verified=False)
    (eng,) = own(provider, ann, "/eng")
    browser, path = provider.browser(ann), f"/account/groups/{eng}"
    for name in ("nobody@example.org", "unproved@example.org"):
        answer = browser.submit(path, member=name)
        assert answer.status_code == 400
        assert "or its address is not confirmed" in answer.text
    late = browser.submit(path, member=ann.email, until="2001-01-01")
    assert late.status_code == 400
    assert "That day is over already" in late.text
    assert in_group(provider, "/eng") == []


def test_owning_a_group_gives_nothing_above_or_beside(provider: Provider, ann: Person) -> None:
    """To the owner of a group those above and beside it are not there: neither seen nor changed; a mere member owns nothing."""
    bob = provider.person("bob@example.org")
    (backend,) = own(provider, ann, "/eng/backend")
    put_into(provider, bob, "/eng", "/ops")
    put_into(provider, ann, "/ops")
    browser = provider.browser(ann)
    for path in ("/eng", "/ops"):
        place = number(provider, path)
        assert browser.get(f"/account/groups/{place}").status_code == 404
        here = f"/account/groups/{backend}"
        assert post(browser, here, f"/account/groups/{place}", member=ann.email) == 404
        assert post(browser, here, f"/account/groups/{place}/members/{bob.sub}/remove") == 404
        assert post(browser, here, f"/account/groups/{place}/give-up") == 404
    assert in_group(provider, "/eng") == [bob.id]


def test_whose_ownership_ended_meanwhile_changes_nothing(provider: Provider, ann: Person) -> None:
    """A form that was opened by an owner does nothing once the ownership has ended."""
    bob = provider.person("bob@example.org")
    (eng,) = own(provider, ann, "/eng")
    browser, path = provider.browser(ann), f"/account/groups/{eng}"
    token = CSRF.search(browser.get(path).text)
    assert token is not None
    with provider.working():
        members.remove_owner(group("/eng"), account(ann), actor="root")
    answer = browser.http.post(path, data={"csrf_token": token[1], "member": bob.email})
    assert answer.status_code == 404
    assert in_group(provider, "/eng") == []


def test_an_owner_gives_up(provider: Provider, ann: Person) -> None:
    """Only while somebody else owns the group, too; afterwards it is not there any more."""
    bob = provider.person("bob@example.org")
    (eng,) = own(provider, ann, "/eng")
    browser, path = provider.browser(ann), f"/account/groups/{eng}"
    assert post(browser, path, f"{path}/give-up") == 400
    own(provider, bob, "/eng")
    assert post(browser, path, f"{path}/give-up") == 303
    assert browser.get(path).status_code == 404
