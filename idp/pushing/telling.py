"""Telling an application of one person or one group: it is found before it is made, and what is there already is changed."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from idp.accounts.models import Account
from idp.base import clock, database
from idp.base.database import session
from idp.clients import known
from idp.clients.models import Client
from idp.groups import lookup
from idp.oauth import subjects
from idp.pushing import audience, describing
from idp.pushing.describing import GROUP, USER, Told
from idp.pushing.models import PushedGroup, PushedPerson, PushedRemoval, ScimTarget
from idp.pushing.remote import Gone, Refusal, Remote, Taken

CONFLICT = "the application has somebody of this name, and does not say whom (409)"


@dataclass(frozen=True)
class Outcome:
    """What an application has now; `is_new` where it had nothing that was known before."""

    remote_id: str | None
    digest: bytes | None
    is_new: bool = False


def tell_person(
    remote: Remote, target: ScimTarget, client: Client, own: PushedPerson, account: Account | None
) -> Outcome | None:
    """Tell of a person as they are now; None where the application never had them, and is not to.

    Who is disabled, or belongs to the application's people no more, is there still and not active.

    Raises:
        Refusal, TurnedAway, FetchError: it was not taken.
    """
    if account is None:
        return None
    is_in = audience.includes(target, client, account.id, clock.now())
    is_active = is_in and account.disabled_at is None
    if not is_active and own.remote_id is None:
        return None
    told = describing.person(account, subjects.of(account.sub, known.find(client.client_id)), is_active=is_active)
    keys = (("externalId", str(told.values["externalId"])), ("userName", account.email))
    return _bring(remote, told, own, keys, may_make=is_active)


def tell_group(remote: Remote, target: ScimTarget, client: Client, own: PushedGroup) -> Outcome | None:
    """Tell of a group as it is now; None where the application has it no more.

    Raises:
        Refusal, TurnedAway, FetchError: it was not taken.
    """
    wanted = audience.groups(target, client).subquery()
    is_wanted = session().scalar(select(wanted.c[0]).where(wanted.c[0] == own.group_id).limit(1)) is not None
    group = lookup.find(own.group_id) if is_wanted else None
    if group is None:
        remote_id = own.remote_id
        database.pause()
        if remote_id is not None:
            remote.delete(GROUP, remote_id)
        return None
    members = select(PushedPerson.remote_id).where(
        PushedPerson.client_id == own.client_id,
        PushedPerson.remote_id.is_not(None),
        PushedPerson.account_id.in_(lookup.everybody(group.id)),
    )
    told = describing.group(group, [found for found in session().scalars(members) if found is not None])
    keys = tuple((name, str(told.values[name])) for name in ("externalId", "displayName"))
    return _bring(remote, told, own, keys, may_make=True)


def remove(remote: Remote, own: PushedRemoval) -> None:
    """Delete somebody who was erased here.

    Raises:
        Refusal, TurnedAway, FetchError: it was not taken.
    """
    remote_id = own.remote_id
    database.pause()
    remote.delete(USER, remote_id)


def _bring(
    remote: Remote,
    told: Told,
    own: PushedPerson | PushedGroup,
    keys: tuple[tuple[str, str], ...],
    *,
    may_make: bool,
) -> Outcome | None:
    remote_id, digest = own.remote_id, told.digest
    if remote_id is not None and own.digest == digest:
        return Outcome(remote_id, digest)
    database.pause()  # nothing is held while somebody else's host is asked
    if remote_id is not None:
        try:
            remote.change(told, remote_id)
        except Gone:
            if not may_make:
                return None
        except Taken:
            raise Refusal(CONFLICT) from None
        else:
            return Outcome(remote_id, digest)
    return Outcome(_make(remote, told, keys), digest, is_new=True)


def _make(remote: Remote, told: Told, keys: tuple[tuple[str, str], ...]) -> str:
    """Return the identifier of what the application has by now: what was found by a key, else what was made."""
    found = _find(remote, told, keys)
    if found is None:
        try:
            return remote.create(told)
        except Taken:  # somebody made it meanwhile, or the application compares names otherwise
            found = _find(remote, told, keys)
    if found is None:
        raise Refusal(CONFLICT)
    try:
        remote.change(told, found)
    except (Gone, Taken):
        raise Refusal(CONFLICT) from None
    return found


def _find(remote: Remote, told: Told, keys: tuple[tuple[str, str], ...]) -> str | None:
    finders: list[Callable[[], str | None]] = [
        lambda name=name, value=value: remote.find(told.schema, name, value)  # type: ignore[misc] # bound at once
        for name, value in keys
    ]
    return next((identifier for find in finders if (identifier := find()) is not None), None)
