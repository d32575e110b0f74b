"""Groups and people for tests, made by the services themselves."""

from idp.accounts import lookup as accounts
from idp.accounts.models import Account
from idp.base.outcome import Refused
from idp.groups import lookup, service
from idp.groups.models import Group
from tests.factories import Person


def group(path: str) -> Group:
    """Return a group by its path, made where it is not there yet, with those above it."""
    found = lookup.find_by_path(path)
    made = found if found is not None else service.create_path(path, actor="test")
    assert isinstance(made, Group), made
    return made


def account(person: Person) -> Account:
    """Return somebody's account."""
    found = accounts.find(person.id)
    assert found is not None
    return found


def reason(outcome: object) -> tuple[str, str | None]:
    """Return why something was refused, and the member that it concerns."""
    assert isinstance(outcome, Refused), outcome
    return outcome.reason.value, outcome.field
