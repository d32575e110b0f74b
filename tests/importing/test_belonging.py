"""Groups and roles of an export come with the people who are in them and have them, and give nobody more than they had there."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.accounts import lookup
from idp.accounts.authority import holding
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base.database import commit, session
from idp.base.outcome import Refused
from idp.groups import lookup as groups
from idp.groups import members
from idp.groups import service as tree
from idp.groups.models import Group, GroupMember
from idp.importing import running
from idp.importing.sources.authentik import Authentik
from idp.importing.sources.keycloak import Keycloak
from idp.importing.sources.tables import Table
from idp.roles import giving, standing
from idp.roles import service as roles
from idp.roles.models import RoleHolder
from idp.roles.service import Default
from tests.importing.arriving import Brought, bring

REALM: dict[str, Any] = {
    "realm": "acme",
    "roles": {
        "realm": [
            {"name": "default-roles-acme", "composites": {"realm": ["offline_access", "newcomer"]}},
            {"name": "offline_access"},
            {"name": "newcomer", "description": "Everybody new"},
            {"name": "chief", "composites": {"realm": ["staff"], "client": {"realm-management": ["realm-admin"]}}},
            {"name": "staff", "composites": {"client": {"shop": ["buyer"]}}},
            {"name": "has a space"},
        ],
        "client": {
            "shop": [{"name": "buyer"}, {"name": "staff"}],
            "gone": [{"name": "reader"}],
            "realm-management": [{"name": "realm-admin"}],
        },
    },
    "groups": [
        {"name": "eng", "path": "/eng", "realmRoles": ["staff"], "subGroups": [{"name": "web", "path": "/eng/web"}]},
        {"name": "a/b", "path": "/a/b", "subGroups": [{"name": "c", "path": "/a/b/c"}]},
        {"name": "a", "path": "/a", "subGroups": [{"name": "b", "path": "/a/b"}]},
    ],
    "clients": [{"clientId": "shop", "redirectUris": ["https://shop.example.com/cb"], "secret": "x" * 32}],
    "users": [
        {
            "id": "1",
            "email": "ann@example.com",
            "realmRoles": ["default-roles-acme", "chief", "has a space"],
            "clientRoles": {"realm-management": ["realm-admin"], "shop": ["buyer"], "gone": ["reader"]},
            "groups": ["/eng/web", "/a/b"],
        },
        {"id": "2", "email": "ben@example.com", "groups": ["/eng"]},
    ],
}


def realm(tmp_path: Path, **members: Any) -> Keycloak:
    """Return a realm with more members than usual."""
    path = tmp_path / "realm.json"
    path.write_text(json.dumps(REALM | members))
    return Keycloak(path, "keycloak")


def table(tmp_path: Path, *rows: str) -> Table:
    """Return a table of people with groups and roles."""
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["email,groups,roles", *rows]) + "\n")
    return Table(path, "csv")


def account(name: str) -> Account:
    """Return somebody who came."""
    found = lookup.find_by_email(f"{name}@example.com")
    assert found is not None
    return found


def paths(name: str) -> list[str]:
    """Return the groups that somebody was put into."""
    return [group.path for group, _member in groups.memberships(account(name).id)]


def group(path: str) -> Group:
    """Return a group that came."""
    found = groups.find_by_path(path)
    assert found is not None
    return found


@pytest.fixture
def brought(tmp_path: Path) -> Brought:
    """The realm, brought once."""
    return bring(realm(tmp_path))


def test_people_have_the_roles_that_keycloak_told_applications(brought: Brought) -> None:
    """A role that others are made of gives those, too; a default role is one here; groups give theirs to whoever is in or below them."""
    ann = standing.of(account("ann").id, "shop")
    assert (ann.of_server, ann.of_client) == (("chief", "newcomer", "staff"), ("buyer",))
    ben = standing.of(account("ben").id, "shop")
    assert (ben.of_server, ben.of_client) == (("staff",), ("buyer",))
    newcomer = roles.find_by_name("newcomer")
    assert newcomer is not None
    assert (newcomer.description, roles.default_of(newcomer)) == ("Everybody new", Default.NEW)
    assert [(role.name, role.client_id) for role, _given in giving.roles_of_group(group("/eng").id)] == [
        ("buyer", "shop"),
        ("staff", None),
    ]


def test_rights_over_keycloak_give_nothing_here(brought: Brought) -> None:
    """Whoever administers the realm is no administrator here, which the report says of the person and of the role."""
    assert not account("ann").is_admin
    assert not holding.permissions_of(account("ann"))
    assert roles.find_by_name("realm-admin", "realm-management") is None
    assert "realm-management realm-admin" in brought.people()["ann"]["without"]["permissions"]
    assert "realm-admin" in brought.of("role")["chief"]["without"]["permissions"]


def test_what_does_not_fit_is_told_with_its_place(brought: Brought) -> None:
    """Names that no role or group can have, a client that did not come, a name that could be mistaken; and of whom each is missing."""
    told = {line["at"]: line for line in brought.lines if line["kind"] in ("role", "group") and "why" in line}
    assert "without spaces" in told["roles.realm 6"]["why"]
    assert "gone did not come" in told["roles.client gone 1"]["why"]
    assert "of that name already" in told["roles.client shop 2"]["why"]
    assert "no slash" in told["groups 2"]["why"]
    assert "above it did not come" in told["groups 2.1"]["why"]
    without = brought.people()["ann"]["without"]
    assert without["roles"] == "These did not come: has a space, reader (gone)."
    assert "/a/b" in without["groups"]  # two groups of this path: nobody knows which is meant
    assert paths("ann") == ["/eng/web"]


def test_a_dry_run_tells_the_same_across_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups, roles and clients of a batch that was undone count as there for those behind, and nothing is written."""
    monkeypatch.setattr(running, "BATCH", 2)
    dry = bring(realm(tmp_path), dry_run=True)
    for table_of in (Group, RoleHolder, Account, AuditEvent):
        assert session().scalar(select(func.count()).select_from(table_of)) == 0
    wet = bring(realm(tmp_path))
    assert dry.lines == [{name: value for name, value in line.items() if name != "sub"} for line in wet.lines]
    assert dry.done.counts == wet.done.counts


def test_a_run_that_stopped_goes_on_with_groups_and_roles_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped behind each batch in turn, a run that goes on ends with the same people in the same groups, and with the same roles."""
    monkeypatch.setattr(running, "BATCH", 1)
    source, stops, continued = realm(tmp_path), 0, None

    def stop(_entries: int) -> None:
        raise KeyboardInterrupt

    terms = running.Terms("keycloak")
    while True:
        try:
            running.bring(source, terms, tell=lambda _line: None, progress=stop, continued=continued)
        except KeyboardInterrupt:
            stops += 1
            continued = running.find_unfinished(source)
            assert continued is not None
            if continued.done == 14:  # all but the end
                break
    done = bring(source, continued=continued).done
    assert stops == 14
    assert (done.counts.came["membership"], done.counts.came["group"]) == (2, 4)
    assert paths("ann") == ["/eng/web"]
    assert standing.of(account("ann").id, "shop").of_client == ("buyer",)


def test_a_second_run_leaves_memberships_as_they_are(tmp_path: Path, brought: Brought) -> None:
    """Who was taken out of a group since stays out; with `--add-memberships` the export counts again, for people who came before, too."""
    members.remove(group("/eng/web"), account("ann"), actor="test")
    commit()
    again = bring(realm(tmp_path))
    assert not again.done.counts.came
    assert paths("ann") == []
    more = bring(realm(tmp_path), adds_memberships=True)
    assert more.done.counts.came == {"membership": 1}
    assert more.people()["ann"]["groups"] == 1
    assert paths("ann") == ["/eng/web"]
    event = session().scalars(select(AuditEvent).where(AuditEvent.event == "group.member_added")).one()
    assert (event.subject, event.detail["group"]) == (account("ann").sub, "/eng/web")
    assert not bring(realm(tmp_path), adds_memberships=True).done.counts.came


def test_a_group_that_is_here_already_opens_to_nobody_who_comes(tmp_path: Path) -> None:
    """The same path or name is not the same group or role, until an operator says so; what is here is not changed in either case."""
    made, role = tree.create("eng", actor="test"), roles.create("staff", actor="test")
    assert not isinstance(made, Refused)
    assert not isinstance(role, Refused)
    commit()
    source = table(tmp_path, "ann@example.com,eng,staff")
    brought = bring(source)
    assert "--join" in brought.of("group")["/eng"]["why"]
    assert "--join" in brought.of("role")["staff"]["why"]
    assert set(brought.people()["ann"]["without"]) == {"groups", "roles"}
    assert paths("ann") == []
    bring(source, joins=True, adds_memberships=True)
    assert paths("ann") == ["/eng"]
    assert standing.of(account("ann").id, None).of_server == ("staff",)
    assert made.description == ""


def test_a_table_names_groups_by_their_paths(tmp_path: Path) -> None:
    """Groups above come first, each once; deeper than eight, or without a name, a group is told and its people come without it."""
    deep = "/".join("abcdefghi")
    brought = bring(table(tmp_path, 'ann@example.com,"/eng/web; sales","seller, buyer"', f"ben@example.com,{deep},"))
    assert paths("ann") == ["/eng/web", "/sales"]
    assert standing.of(account("ann").id, None).of_server == ("buyer", "seller")
    assert "eight deep" in brought.of("group")[f"/{deep}"]["why"]
    assert deep in brought.people()["ben"]["without"]["groups"]
    assert brought.done.counts.came["group"] == 3 + 8


def test_groups_of_authentik_stand_in_their_tree(tmp_path: Path) -> None:
    """By `parent`, by a list of parents, or by records of their own; a circle, several parents and an unknown one are told."""
    model = "authentik_core.group"
    fields: dict[str, dict[str, Any]] = {
        "a": {"name": "Top"},
        "b": {"name": "Middle", "parent": "a"},
        "c": {"name": "Low", "parents": ["b", "a"]},
        "d": {"name": "Other"},
        "e": {"name": "Round", "parent": "f"},
        "f": {"name": "About", "parent": "e"},
        "g": {"name": "Lost", "parent": "x"},
    }
    records = [{"model": model, "pk": pk, "fields": one} for pk, one in fields.items()]
    records.append({"model": "authentik_core.groupparentagenode", "pk": 1, "fields": {"child": "d", "parent": "a"}})
    person = {"username": "ann", "email": "ann@example.com", "groups": ["c", "d", "nobody knows"]}
    records.append({"model": "authentik_core.user", "pk": "1", "fields": person})
    path = tmp_path / "dump.json"
    path.write_text(json.dumps(records))
    brought = bring(Authentik(path, "authentik"))
    assert paths("ann") == ["/Top/Middle/Low", "/Top/Other"]
    assert "nobody knows" in brought.people()["ann"]["without"]["groups"]
    lines = brought.of("group")
    assert {pk for pk, line in lines.items() if "parent" in line.get("without", {})} == {"c", "e", "f", "g"}
    assert {lines[pk]["path"] for pk in "efg"} == {"/Round", "/About", "/Lost"}


def test_a_group_that_is_deleted_meanwhile_stops_nothing(tmp_path: Path) -> None:
    """The export's group was deleted here since it came: its people come without it, and the report says so."""
    bring(table(tmp_path, "ann@example.com,eng,"))
    tree.remove(group("/eng"), actor="test")
    commit()
    brought = bring(table(tmp_path, "ann@example.com,eng,", "ben@example.com,eng,"))
    assert "/eng" in brought.people()["ben"]["without"]["groups"]
    assert session().scalar(select(func.count()).select_from(GroupMember)) == 0
