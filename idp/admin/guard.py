"""Who may open which page under /admin: each view names the permission that it needs, and a test reads that every one does.

What somebody may not is answered with 403 and whom to ask; where a request changes something, the permission holds until the commit. Some
pages of a client open for its owners, too, who may have no permission at all; and those of people, if they say so, for roles that are
limited to one group's people.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from flask import abort, g, make_response, request
from flask_babel import gettext as _

from idp.accounts import lookup, taking
from idp.accounts.authority import holding, owning
from idp.accounts.authority.permissions import LIMITED, PERMISSIONS
from idp.accounts.models import Account
from idp.base.http import SAFE_METHODS, show_error
from idp.base.outcome import Reason, Refused
from idp.groups import reach
from idp.signin import login
from idp.signin.login import SignedIn
from idp.signin.pages import Page, go

EVERYBODY = frozenset().union(*LIMITED.values())  # who may all this has no use for a limit
PEOPLE = "/admin/people"  # where a role for one group's people leads

View = TypeVar("View", bound=Callable[..., Any])


def administers(permission: str, *, or_owner: bool = False, in_reach: bool = False) -> Callable[[View], View]:
    """Let only administrators with a permission and a fresh sign-in open a page; with `or_owner` the owners of the client, too.

    With `in_reach` also whoever has the permission for some group's people: the person whom the address names (`sub`) must be one of them,
    and is not there otherwise; a page without one lists nobody else.
    """
    if permission not in PERMISSIONS:
        raise ValueError(f"there is no permission {permission}")

    def guard(view: View) -> View:
        fresh = login.fresh_required(view)

        @wraps(view)
        def guarded(*args: Any, **values: Any) -> Any:
            present = login.current() if request.method in SAFE_METHODS else login.held()
            if present is not None:
                _note(present, permission, values["client_id"] if or_owner else None)
                if in_reach:
                    g.near = _near(values.get("sub"))
                if permission not in g.permissions | g.near and not g.is_owner:
                    return go(PEOPLE) if _leads_on(permission) else refuse()
            return fresh(*args, **values)

        guarded.permission = permission  # type: ignore[attr-defined] # read by the house's own test
        guarded.is_for_owners = or_owner  # type: ignore[attr-defined] # as well
        guarded.is_in_reach = in_reach  # type: ignore[attr-defined] # as well
        return cast(View, guarded)

    return guard


def may(permission: str) -> bool:
    """Return whether the administrator who asks has a permission, on the whole server."""
    return permission in g.permissions


def may_here(permission: str) -> bool:
    """Return whether who asks has a permission at least on the person of this page; on a page of nobody, on some people."""
    return permission in g.permissions | g.near


def has_reach() -> bool:
    """Return whether who asks has a role for some group's people, beside permissions that say the same of everybody."""
    return bool(g.reach)


def groups_in_reach() -> list[int]:
    """Return the groups whose people who asks may see."""
    return [number for number, permitted in g.reach.groups.items() if reach.READING in permitted]


def is_owner() -> bool:
    """Return whether a client's page is open to who asks as its owner alone, without the permission."""
    return bool(g.is_owner)


def may_act_on(account: Account) -> bool:
    """Return whether an account carries no permission that the administrator who asks lacks."""
    return holding.covers(g.permissions, account)


def hold_still(permission: str, client_id: str | None = None) -> None:
    """Hold the account of who asks once more after a pause; 403 where the permission, or the client that they own, is theirs no more."""
    present = login.held()
    if present is None:
        abort(HTTPStatus.FORBIDDEN)
    if permission in holding.permissions_of(present.account):
        return
    if client_id is None or not owning.owns(present.account, client_id):
        abort(HTTPStatus.FORBIDDEN)


def take(account_id: int, permission: str, *, in_reach: bool = False) -> Account:
    """Return an account to act on, held until the commit, and so is the administrator's own; else 404 or 403.

    With `in_reach` a role for some group's people suffices, as for `administers`.
    """
    present = login.current()
    if present is None:
        abort(HTTPStatus.FORBIDDEN)
    taken = taking.take_as_administrator(
        login.authority(present), account_id, permission, reach.permissions_of_on if in_reach else None
    )
    if isinstance(taken, Refused):
        if taken.reason is Reason.NOT_PERMITTED:
            abort(make_response(refuse(taken)))
        abort(HTTPStatus.NOT_FOUND if taken.reason is Reason.UNKNOWN else HTTPStatus.FORBIDDEN)
    return taken


def refuse(refused: Refused | None = None) -> Page:
    """Return the page for an administrator who lacks a permission: it says whom to ask."""
    if refused is None:
        message = _("Your role as an administrator does not open this page.")
    else:
        message = _("This person administers more than you do, so you cannot do that to the account.")
    whom = ", ".join(_name(account) for account in holding.owners())
    hint = _("Ask an owner of this server: %(names)s.", names=whom) if whom else None
    ways = [("/admin", _("To the administration"))]
    return show_error(_("Not yours to open"), message, HTTPStatus.FORBIDDEN, hint=hint, ways=ways)


def _note(present: SignedIn, permission: str, client_id: str | None) -> None:
    """Find out what who asks may; 403 for somebody who administers nothing and does not own the client, if the page is one's."""
    g.permissions = holding.permissions_of(present.account)
    g.reach = reach.Reach() if g.permissions >= EVERYBODY else reach.of(present.account)
    g.near = frozenset()
    lacks = permission not in g.permissions
    g.is_owner = lacks and client_id is not None and owning.owns(present.account, client_id)
    if not g.permissions and not g.is_owner and not g.reach:
        abort(HTTPStatus.FORBIDDEN)


def _near(sub: str | None) -> frozenset[str]:
    """Return what limited roles permit on this page; 404 of a person whom who asks may not see."""
    if not g.reach or sub is None:
        return frozenset(g.reach.permissions)
    account = lookup.find_by_sub(sub)
    near = reach.permissions_on(g.reach, account) if account is not None else frozenset()
    if reach.READING not in g.permissions | near:
        abort(HTTPStatus.NOT_FOUND)
    return near


def _leads_on(permission: str) -> bool:
    """Return whether this is the way into the administration, for somebody who reaches only some people in it."""
    return permission == "overview.read" and not g.permissions and bool(g.reach)


def _name(account: Account) -> str:
    return f"{account.name} ({account.email})" if account.name else account.email
