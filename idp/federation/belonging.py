"""Groups by the word of a provider: what it calls a group is a group here, whose members it says of its people at each sign-in.

The mapping is a list of pairs, `name` at the provider and `path` here. It is kept with the groups' numbers, so that it follows a group that
is renamed or moved; one that is deleted falls out of it. A group that stands in it is the provider's to fill, as far as its own people go.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from idp.accounts import claiming
from idp.accounts.models import Account
from idp.federation.definition import Definition, refuse
from idp.groups import lookup, members

if TYPE_CHECKING:
    from idp.base.outcome import Refused
    from idp.federation.identities import Identity
    from idp.federation.providers import Provider

Pair = dict[str, str]
Kept = list[list[Any]]  # what it is called there, and the number of the group here


def find_faults(definition: Definition) -> "list[Refused]":
    """Return what is wrong with where the groups of a definition lead."""
    paths = (pair["path"] for pair in definition.group_mapping)
    unknown = next((path for path in paths if path and lookup.find_by_path(path) is None), None)
    if unknown is None:
        return []
    return [refuse("group_mapping", f"There is no group {unknown[:100]}. Enter its path, such as /eng/backend.")]


def settle(mapping: Sequence[Pair]) -> list[Pair]:
    """Return a mapping with the paths as the groups have them, however they were typed."""
    return show(keep(mapping)) if all(lookup.find_by_path(pair["path"]) for pair in mapping) else list(mapping)


def keep(mapping: Sequence[Pair]) -> Kept:
    """Return a mapping as it is kept; groups that are not there are left out."""
    found = [(pair["name"], lookup.find_by_path(pair["path"])) for pair in mapping]
    return [[name, group.id] for name, group in found if group is not None]


def show(kept: Kept | None) -> list[Pair]:
    """Return a mapping as it is shown, without groups that were deleted."""
    found = [(name, lookup.find(number)) for name, number in kept or ()]
    return [{"name": name, "path": group.path} for name, group in found if group is not None]


def follow(account: Account, provider: "Provider", found: "Identity") -> None:
    """Put somebody, who is held, into the groups that the provider says, and take them out of the others of its mapping.

    An account whose address nobody has proved gets nothing, since it may turn out to be somebody else's.
    """
    if found.groups is not None and claiming.is_settled(account):
        _bring(account, provider, {number for name, number in provider.group_mapping if name in found.groups})


def leave(account: Account, provider: "Provider") -> None:
    """Take somebody, who is held, out of every group of a provider's mapping: they are its people no more."""
    _bring(account, provider, set())


def _bring(account: Account, provider: "Provider", wanted: Iterable[int]) -> None:
    actor = f"provider {provider.key}"
    for number in sorted({number for _name, number in provider.group_mapping}):
        group = lookup.find(number)
        if group is None:
            continue
        is_in = members.is_in(group, account)
        if number in wanted and not is_in:
            members.add(group, account, actor=actor)
        elif is_in and number not in wanted:
            members.remove(group, account, actor=actor)
