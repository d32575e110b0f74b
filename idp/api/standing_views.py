"""What belongs to a person under /api/v1/people/{sub}: groups, owned groups, roles that applications are told of, and clients.

Each is told as a list, brought by PUT, whether or not it was there, and taken by DELETE. The services, refusals and marks in the audit log
are those of the pages.
"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from idp.accounts import lookup as accounts
from idp.accounts import taking
from idp.accounts.authority import owning
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.api import problem
from idp.api.admission import Acting, admit, take
from idp.api.answering import PATH, page, programs, read_body, respond
from idp.api.problem import missing, wrong
from idp.base.database import session
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.clients import service as clients
from idp.clients.models import Client
from idp.groups import ending, lookup, members
from idp.groups.models import Group
from idp.roles import giving
from idp.roles import service as roles
from idp.roles.models import Role

bp = Blueprint("api_standing", __name__, url_prefix=f"{PATH}/people/<sub>")


@bp.get("/groups")
def list_groups(sub: str) -> Response:
    """List the groups that somebody was put into, by path, with the last day, also where it is over lately."""
    found = lookup.memberships(_look(sub, "groups.read").id)
    return respond(page([_tell_membership(group, row.ends_at) for group, row in found], None))


@bp.put("/groups/<path:path>")
@programs
def put_into_group(sub: str, path: str) -> Response:
    """Put somebody into a group, for good or `until` a day; of a member the last day changes."""
    acting, ends_at = admit("groups.write"), _read_until()
    account, group = take(sub, acting), _group(path)
    _go_on(members.add(group, account, ends_at=ends_at, actor=acting.actor))
    return respond(_tell_membership(group, ends_at))


@bp.delete("/groups/<path:path>")
@programs
def take_out_of_group(sub: str, path: str) -> Response:
    """End somebody's membership in a group itself."""
    return _take_away(sub, "group", _group, path, members.remove)


@bp.get("/owned-groups")
def list_owned_groups(sub: str) -> Response:
    """List the groups that somebody owns, by path."""
    found = lookup.owned(_look(sub, "groups.read").id)
    return respond(page([{"path": group.path} for group in found], None))


@bp.put("/owned-groups/<path:path>")
@programs
def put_owner_of_group(sub: str, path: str) -> Response:
    """Let somebody say who the members of a group are, and of those below it."""
    acting = admit("groups.write")
    _read({})
    account, group = take(sub, acting), _group(path)
    _go_on(members.add_owner(group, account, actor=acting.actor))
    return respond({"path": group.path})


@bp.delete("/owned-groups/<path:path>")
@programs
def take_owner_of_group(sub: str, path: str) -> Response:
    """Let somebody own a group no more."""
    return _take_away(sub, "group", _group, path, members.remove_owner)


@bp.get("/roles")
def list_roles(sub: str) -> Response:
    """List the roles that somebody has, by name, each with why: `given`, `default`, or the path of a group."""
    found = giving.roles_of(_look(sub, "groups.read"))
    return respond(page([_tell_role(role, ends_at) | {"by": why} for role, why, ends_at in found], None))


@bp.put("/roles/<name>")
@programs
def give_role(sub: str, name: str) -> Response:
    """Give somebody a role, of the server or of the client of `client_id`, for good or `until` a day."""
    acting, ends_at = admit("groups.write"), _read_until()
    account, role = take(sub, acting), _role(name)
    _go_on(giving.give(role, account, ends_at=ends_at, actor=acting.actor))
    return respond(_tell_role(role, ends_at) | {"by": "given"})


@bp.delete("/roles/<name>")
@programs
def take_role(sub: str, name: str) -> Response:
    """Take a role from somebody that was given to them; what they have by a group, or by default, stays."""
    return _take_away(sub, "role", _role, name, giving.take)


@bp.get("/clients")
def list_clients(sub: str) -> Response:
    """List the clients that somebody owns, by name."""
    rows = session().scalars(owning.owned(_look(sub, "clients.read").id))
    return respond(page([{"client_id": row.client_id, "client_name": row.client_name} for row in rows], None))


@bp.put("/clients/<client_id>")
@programs
def put_owner_of_client(sub: str, client_id: str) -> Response:
    """Let somebody own a client: see and change its registration, and add nothing to what it may do."""
    acting = admit("clients.write")
    _read({})
    account, client = _hold(sub), _client(client_id)
    _go_on(owning.add(client, account, actor=acting.actor))
    return respond({"client_id": client.client_id, "client_name": client.client_name})


@bp.delete("/clients/<client_id>")
@programs
def take_owner_of_client(sub: str, client_id: str) -> Response:
    """Let somebody own a client no more."""
    acting = admit("clients.write")
    account = _hold(sub)
    if not owning.remove(_client(client_id).client_id, account, actor=acting.actor):
        raise missing("client of this person", client_id)
    return respond(None, HTTPStatus.NO_CONTENT)


def _look(sub: str, permission: str) -> Account:
    """Return somebody, by `sub`, address or username, to whoever may see people and this of them."""
    admit("people.read")
    admit(permission)
    return accounts.find_by_sub(sub) or accounts.find_by_identifier(sub) or _none("person", sub)


def _hold(sub: str) -> Account:
    """Return an account, held, whatever it administers: owning a client touches nothing of it."""
    found = accounts.find_by_sub(sub)
    held = taking.take(Authority(found.id), is_closed_too=True) if found is not None else None
    return held if isinstance(held, Account) else _none("person", sub)


def _take_away(sub: str, kind: str, find: Callable[[str], Any], key: str, do: Callable[..., bool]) -> Response:
    acting: Acting = admit("groups.write")
    account, found = take(sub, acting), find(key)
    if not do(found, account, actor=acting.actor):
        raise missing(f"{kind} of this person", key)
    return respond(None, HTTPStatus.NO_CONTENT)


def _group(path: str) -> Group:
    return lookup.find_by_path(path) or _none("group", path)


def _role(name: str) -> Role:
    return roles.find_by_name(name, request.args.get("client_id")) or _none("role", name)


def _client(client_id: str) -> Client:
    return clients.get(client_id) or _none("client", client_id)


def _none(kind: str, key: str) -> Any:
    raise missing(kind, key)


def _go_on(refused: Refused | None) -> None:
    if refused is not None:
        raise problem.of(refused)


def _read_until() -> datetime | None:
    """Return when the last day is over that the body says; None where it says none."""
    day = _read({"until": None})["until"]
    if day is None:
        return None
    found = ending.read(day) if isinstance(day, str) and day.strip() else None
    if found is None:
        raise wrong([("until", "A day such as 2027-01-31 is needed, or null.")])
    if isinstance(found, Refused):
        raise wrong([("until", phrase(found))])
    return found


def _read(known: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a body, which may be left away. Raises: Problem, also for a member that is not known."""
    body = read_body() if request.get_data() else {}
    unknown = [(name, "There is no member of this name.") for name in body if name not in known]
    if unknown:
        raise wrong(unknown)
    return known | body


def _tell_membership(group: Group, ends_at: datetime | None) -> dict[str, Any]:
    return {"path": group.path, "until": ending.tell(ends_at)}


def _tell_role(role: Role, ends_at: datetime | None) -> dict[str, Any]:
    return {"name": role.name, "client_id": role.client_id, "until": ending.tell(ends_at)}
