"""One server is the directory of another one, over a real listener: what is done to people and groups here is so there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp import create_app
from idp.accounts import amending, erasure, lookup, service
from idp.accounts.amending import Amendment
from idp.accounts.models import Account
from idp.base.outcome import Refused
from idp.groups import lookup as groups
from idp.groups import members
from idp.groups import service as tree
from tests.conftest import dispose, make_settings, migrate, sqlite_url
from tests.factories import Person, Provider
from tests.pushing.conftest import Pushing, listening
from tests.scim.calling import Directory


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Provider]:
    """Another server, with a database of its own."""
    directory = tmp_path / "other"
    directory.mkdir(mode=0o700)
    settings = make_settings(directory, sqlite_url(directory))
    migrate(settings)
    app = create_app(settings)
    try:
        yield Provider(app)
    finally:
        dispose(app)


def there(other: Provider, email: str) -> Account | None:
    """Return somebody as the other server has them."""
    with other.working():
        return lookup.find_by_email(email)


def found(provider: Provider, person: Person) -> Account:
    """Return somebody as this server has them, to change."""
    account = lookup.find(person.id)
    assert account is not None
    return account


def standing(other: Provider, email: str) -> set[str]:
    """Return the groups that somebody is in at the other server."""
    with other.working():
        account = lookup.find_by_email(email)
        assert account is not None
        return {group.path for group, _member in groups.memberships(account.id)}


def test_people_and_groups_live_at_both(pushing: Pushing, provider: Provider, other: Provider) -> None:
    """Made, renamed, put into groups, disabled, enabled and erased: after each the other server says the same."""
    ann, ben = provider.person("ann@example.org", given_name="Ann"), provider.person("ben@example.org")
    provider.person("new@example.org", verified=False)
    directory = Directory(other, scope="scim scim.vouch")
    with provider.working():
        eng = tree.create("eng", actor="root")
        assert not isinstance(eng, Refused)
        members.add(eng, found(provider, ann), actor="root")
    with listening(other.app) as address:
        pushing.aim(f"{address}/scim/v2", directory.token, pushes_groups=True)
        pushing.carry()
        there_ann = there(other, "ann@example.org")
        assert there_ann is not None
        assert (there_ann.given_name, there_ann.is_verified, there_ann.disabled_at) == ("Ann", True, None)
        assert there(other, "new@example.org") is None
        assert standing(other, "ann@example.org") == {"/eng"}
        with provider.working():
            claims = {"given_name": "", "family_name": "Bell"}
            done = amending.amend(found(provider, ann), Amendment(claims=claims), actor="root")
            assert not isinstance(done, Refused), done
            members.add(eng, found(provider, ben), actor="root")
            service.set_disabled(found(provider, ann), True, actor="root")
        pushing.carry()
        changed = there(other, "ann@example.org")
        assert changed is not None
        assert (changed.id, changed.given_name, changed.family_name) == (there_ann.id, "", "Bell")
        assert changed.disabled_at is not None
        assert standing(other, "ben@example.org") == {"/eng"}
        with provider.working():
            erasure.remove(found(provider, ben))
            service.set_disabled(found(provider, ann), False, actor="root")
            tree.remove(eng, actor="root")
        pushing.carry()
        assert there(other, "ben@example.org") is None
        back = there(other, "ann@example.org")
        assert back is not None
        assert back.disabled_at is None
        with other.working():
            assert groups.find_by_path("/eng") is None
