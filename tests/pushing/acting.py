"""What is done to people here, and how an application answers everything."""

from collections.abc import Callable

from werkzeug.wrappers import Request, Response

from idp.accounts import amending, lookup, service
from idp.base.outcome import Refused
from idp.groups import members
from idp.groups import service as tree
from idp.groups.models import Group
from tests.factories import Person, Provider


def disable(provider: Provider, person: Person, disabled: bool = True) -> None:
    """Disable an account, or enable it."""
    with provider.working():
        account = lookup.find(person.id)
        assert account is not None
        service.set_disabled(account, disabled, actor="root")


def rename(provider: Provider, person: Person, name: str) -> None:
    """Give somebody another name, as administrators do."""
    with provider.working():
        account = lookup.find(person.id)
        assert account is not None
        done = amending.amend(account, amending.Amendment(claims={"given_name": name}), actor="root")
        assert not isinstance(done, Refused), done


def make_group(provider: Provider, name: str, *people: Person) -> Group:
    """Make a group with members."""
    with provider.working():
        made = tree.create(name, actor="root")
        assert isinstance(made, Group)
        for person in people:
            account = lookup.find(person.id)
            assert account is not None
            members.add(made, account, actor="root")
        return made


def failing(status: int, **headers: str) -> Callable[[Request], Response]:
    """Return what answers everything with one status."""
    return lambda _request: Response(
        status=status, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )
