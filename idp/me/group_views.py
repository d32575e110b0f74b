"""Pages: /account/groups, the groups and roles that a person has; whoever owns a group says there who its members are.

An owner names people by their exact address or username, and sees nobody but members. Who owns a group is said by administrators.
"""

from http import HTTPStatus

from flask import Blueprint, abort, flash
from flask_babel import gettext as _

from idp.accounts import lookup as accounts
from idp.accounts import taking
from idp.accounts.models import Account
from idp.base import paging
from idp.base.database import session
from idp.base.http import limited
from idp.base.outcome import Refused
from idp.groups import ending, lookup, members
from idp.groups.models import LARGEST_ID, Group, GroupMember
from idp.me.forms import NewMemberForm
from idp.me.navigation import person, show
from idp.roles import giving
from idp.signin import login
from idp.signin.forms import PlainForm
from idp.signin.login import required
from idp.signin.pages import Page, go, has_errors, refuse

bp = Blueprint("own_groups", __name__, url_prefix="/account/groups")
GROUP = f"/<int(max={LARGEST_ID}):group_id>"
MOST_CHILDREN = 100


@bp.get("")
@required
def show_groups() -> Page:
    """Show the groups and roles that the person has, and the groups that they own."""
    account = person().account
    return show(
        "groups.html",
        PlainForm(formdata=None),
        memberships=lookup.memberships(account.id),
        owned=lookup.owned(account.id),
        roles=giving.roles_of(account),
        day_of=ending.show,
    )


@bp.get(GROUP)
@required
def show_group(group_id: int) -> Page:
    """Show the members of a group that the person owns, or of one below it."""
    return _show(_find(group_id), NewMemberForm(formdata=None))


@bp.post(GROUP)
@limited("60 per minute")
@required
def answer_group(group_id: int) -> Page:
    """Put somebody into the group, or change the last day of a member."""
    group, form = _find(group_id), NewMemberForm()
    if not form.validate_on_submit():
        return _show(group, form)
    ends_at, found = ending.read(form.text("until")), accounts.find_by_identifier(form.text("member"))
    if isinstance(ends_at, Refused):
        form.refuse(ends_at)
    # An address that nobody has proved may be somebody else's account.
    if found is None or not found.is_verified or found.disabled_at is not None:
        form.member.errors = [_("There is no account of that address or username, or its address is not confirmed.")]
    if has_errors(form) or found is None or isinstance(ends_at, Refused):
        return _show(group, form)
    account = _take(found, group)
    if isinstance(account, Refused):
        return refuse(go("/account/groups"), account)
    if members.add(group, account, ends_at=ends_at, actor=person().account.sub) is not None:
        abort(HTTPStatus.NOT_FOUND)
    flash(_("%(name)s is a member now.", name=account.display_name), "success")
    return go(_path(group))


@bp.post(f"{GROUP}/members/<sub>/remove")
@limited("60 per minute")
@required
def remove_member(group_id: int, sub: str) -> Page:
    """Take somebody out of the group; who is no member stays so."""
    group, found = _find(group_id), accounts.find_by_sub(sub)
    account = _take(found, group) if found is not None else abort(HTTPStatus.NOT_FOUND)
    if isinstance(account, Refused):
        return refuse(go("/account/groups"), account)
    if members.remove(group, account, actor=person().account.sub):
        flash(_("%(name)s is no member any more.", name=account.display_name), "success")
    return go(_path(group))


@bp.post(f"{GROUP}/give-up")
@limited("30 per minute")
@required
def give_up(group_id: int) -> Page:
    """Own the group no more, while somebody else does."""
    group, form = _find(group_id), NewMemberForm(formdata=None)
    refused = members.give_up(group, person().account)
    if refused is not None:
        form.refuse(refused)
        return _show(group, form)
    flash(_("You own the group %(path)s no more.", path=group.path), "success")
    return go("/account/groups")


def _find(group_id: int) -> Group:
    """Return a group that the person says the members of; to everybody else there is none."""
    group = lookup.find(group_id)
    if group is None or not lookup.may_manage(person().account.id, group_id):
        abort(HTTPStatus.NOT_FOUND)
    return group


def _take(found: Account, group: Group) -> Account | Refused:
    """Return somebody's account, held, and so is the owner's; who owns the group no more by now gets 404."""
    both = taking.take_both(login.authority(person()), found.id)
    if isinstance(both, Refused):
        return both
    acting, account = both
    if not lookup.may_manage(acting.id, group.id):
        abort(HTTPStatus.NOT_FOUND)
    return account


def _path(group: Group) -> str:
    return f"/account/groups/{group.id}"


def _show(group: Group, form: NewMemberForm) -> Page:
    term, owners = paging.term(), lookup.owners(group.id)
    rows: paging.Slice[GroupMember] = paging.take(lookup.members(group.id, term))
    return show(
        "group.html",
        form,
        group=group,
        rows=rows,
        term=term,
        people=lookup.people([row.account_id for row in rows.items]),
        day_of=ending.show,
        owners=owners,
        children=list(session().scalars(lookup.children(group.id).limit(MOST_CHILDREN))),
        owns=any(owner.id == person().account.id for owner in owners),
        crumbs=[("/account/groups", _("Groups"))],
    )
