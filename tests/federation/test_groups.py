"""Groups by the word of a provider: its people come into them and leave them as it says, and nobody else does."""

from typing import Any

import pytest
from sqlalchemy import select

from idp.accounts import lookup as accounts
from idp.audit import AuditEvent
from idp.base.database import session
from idp.federation import catalogue, linking
from idp.groups import lookup, members, service
from idp.groups.models import Group
from tests.factories import Person, Provider
from tests.federation import rows
from tests.federation.stand_in import StandIn
from tests.federation.traveller import Traveller
from tests.groups.making import account, group

ADDRESS = "ann@example.org"
MAPPING = [{"name": "engineers", "path": "/eng"}, {"name": "on call = now", "path": "/eng/night"}]


@pytest.fixture
def settings(settings: Any) -> Any:
    """A server that may fetch from loopback, where the stand-in is."""
    settings.allow_private_fetch = True
    return settings


@pytest.fixture
def corp(provider: Provider, stand: StandIn) -> Provider:
    """A provider by which two of its groups are groups here; a third group here is nobody's but ours."""
    with provider.working():
        for path in ("/eng", "/eng/night", "/ours"):
            group(path)
    claims = rows.plain_claims(groups="groups")
    rows.add(provider, rows.openid(stand, claims=claims, group_mapping=list(MAPPING)))
    return provider


def paths(provider: Provider, email: str = ADDRESS) -> list[str]:
    """Return the groups that somebody was put into."""
    with provider.working():
        found = lookup.memberships(provider_account(email))
        return [one.path for one, _row in found]


def provider_account(email: str) -> int:
    """Return the number of an account."""
    found = accounts.find_by_email(email)
    assert found is not None
    return found.id


def come(provider: Provider, stand: StandIn, groups: Any) -> Traveller:
    """Sign somebody in, of whom the provider says these groups."""
    stand.claims = {"groups": groups}
    traveller = Traveller(provider)
    traveller.sign_in_by("corp")
    return traveller


def test_people_come_into_groups_and_leave_them(corp: Provider, stand: StandIn) -> None:
    """Each sign-in brings somebody into what the provider names and out of the rest of the mapping; other groups stay, all is on record."""
    come(corp, stand, ["engineers", "on call = now", "unknown"])
    assert paths(corp) == ["/eng", "/eng/night"]
    with corp.working():
        found = lookup.find_by_path("/ours")
        assert found is not None
        person = Person(provider_account(ADDRESS), "", ADDRESS)
        assert members.add(found, account(person), actor="root") is None
    come(corp, stand, "engineers")
    assert paths(corp) == ["/eng", "/ours"]
    come(corp, stand, [])
    assert paths(corp) == ["/ours"]
    with corp.working():
        query = select(AuditEvent).where(AuditEvent.actor == "provider corp").order_by(AuditEvent.id)
        told = [(event.event, event.detail["group"]) for event in session().scalars(query)]
    assert told == [
        ("group.member_added", "/eng"),
        ("group.member_added", "/eng/night"),
        ("group.member_removed", "/eng/night"),
        ("group.member_removed", "/eng"),
    ]


def test_the_mapping_follows_groups(corp: Provider, stand: StandIn) -> None:
    """A group that is renamed stays mapped, one that is deleted falls out of the mapping, and the sign-in goes on."""
    with corp.working():
        found = group("/eng")
        assert isinstance(service.change(found, name="dev", description="", parent=None, actor="root"), Group)
        assert service.remove(group("/dev/night"), actor="root")
    come(corp, stand, ["engineers", "on call = now"])
    assert paths(corp) == ["/dev"]
    with corp.working():
        row = catalogue.get("corp")
        assert row is not None
        assert catalogue.describe(row)["group_mapping"] == [{"name": "engineers", "path": "/dev"}]


def test_an_unproved_address_comes_into_no_group(corp: Provider, stand: StandIn) -> None:
    """An account whose address the provider does not vouch for may be somebody else's: its owner inherits no group."""
    stand.human.verified = False
    come(corp, stand, ["engineers"])
    assert paths(corp) == []


def test_who_disconnects_leaves(corp: Provider, stand: StandIn) -> None:
    """Connecting brings into the groups; whoever disconnects is in none of them, since nobody would take them out any more."""
    person = corp.person("me@example.net")
    ann = Traveller(corp)
    ann.enter(person)
    stand.claims = {"groups": ["engineers"]}
    ann.get(ann.travel(ann.press_on("/account/connections", "/account/connections/corp/connect").location))
    assert paths(corp, "me@example.net") == ["/eng"]
    with corp.working():
        held = account(person)
        (identity,) = linking.list_all(held.id)
        assert linking.unlink(held, identity.id, source="127.0.0.1") is None
    assert paths(corp, "me@example.net") == []


@pytest.mark.parametrize(
    ("mapping", "member", "sentence"),
    [
        ([{"name": "a", "path": "/nowhere"}], "group_mapping", "no group /nowhere"),
        ([{"name": "what is this", "path": ""}], "group_mapping", "engineers = /eng"),
        ([{"name": "x" * 256, "path": "/eng"}], "group_mapping", "255 characters"),
        ([{"name": str(number), "path": "/eng"} for number in range(101)], "group_mapping", "at most 100"),
    ],
)
def test_what_is_no_mapping(corp: Provider, mapping: Any, member: str, sentence: str) -> None:
    """What leads nowhere is refused at the mapping, and a mapping without the claim at the claim."""
    (refused,) = rows.change(corp, "corp", group_mapping=mapping)
    assert refused.field == member
    assert sentence in str(refused.detail)
    (refused,) = rows.change(corp, "corp", claims=rows.plain_claims())
    assert refused.field == "claim_groups"
