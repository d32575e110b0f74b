"""Pages: whom a role is given to, people and groups, until when, and taking it after a question."""

from http import HTTPStatus

from flask import Blueprint, abort, flash
from flask_babel import gettext as _

from idp.accounts import lookup as accounts
from idp.admin import paging, questions
from idp.admin.groups_views import find as find_group
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.admin.roles_views import ROLE, crumbs, find, path
from idp.admin.standing_forms import GroupRoleForm, UntilForm
from idp.admin.taken import find as find_account
from idp.admin.taken import take
from idp.base.http import limited
from idp.base.outcome import Reason, Refused
from idp.groups import ending, lookup
from idp.groups.models import LARGEST_ID
from idp.roles import giving
from idp.roles.models import Role
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("role_people", __name__, url_prefix="/roles")
GROUP = f"/groups/<int(max={LARGEST_ID}):group_id>"


@bp.get(f"{ROLE}/add")
@administers("groups.write")
def choose(role_id: int) -> Page:
    """Search for somebody to give the role to."""
    role, term = find(role_id), paging.term()
    rows = paging.cut(accounts.search(term, paging.MOST)) if term else None
    heading = _("Give the role %(name)s to somebody", name=role.name)
    base = f"{path(role)}/add"
    return show("choose_person.html", heading=heading, base=base, rows=rows, term=term, crumbs=crumbs(role))


@bp.get(f"{ROLE}/add/<sub>")
@administers("groups.write")
def show_add(role_id: int, sub: str) -> Page:
    """Ask until when somebody has the role."""
    return _show_add(find(role_id), sub, UntilForm(formdata=None))


@bp.post(f"{ROLE}/add/<sub>")
@limited("120 per minute")
@administers("groups.write")
def answer_add(role_id: int, sub: str) -> Page:
    """Give somebody the role, or change its last day."""
    role, form = find(role_id), UntilForm()
    if not form.validate_on_submit():
        return _show_add(role, sub, form)
    ends_at = ending.read(form.text("until"))
    if isinstance(ends_at, Refused):
        form.refuse(ends_at)
        return _show_add(role, sub, form)
    account = take(sub, "groups.write")
    if giving.give(role, account, ends_at=ends_at, actor=actor()) is not None:
        abort(HTTPStatus.NOT_FOUND)
    flash(_("%(name)s has the role now.", name=account.display_name), "success")
    return go(path(role))


@bp.get(f"{ROLE}/holders/<sub>/remove")
@administers("groups.write")
def ask_taking(role_id: int, sub: str) -> Page:
    """Ask before a role is taken from somebody."""
    role, account = find(role_id), find_account(sub)
    question = questions.about_role_holder(role.name, account.email)
    return show("confirm.html", question=question, cancel=path(role), crumbs=crumbs(role))


@bp.post(f"{ROLE}/holders/<sub>/remove")
@limited("120 per minute")
@administers("groups.write")
def take_role(role_id: int, sub: str) -> Page:
    """Take the role from somebody; who has it not already stays so."""
    role, account = find(role_id), take(sub, "groups.write")
    giving.take(role, account, actor=actor())
    flash(_("The role is taken from %(name)s.", name=account.display_name), "success")
    return go(path(role))


@bp.get(f"{ROLE}/groups")
@administers("groups.write")
def show_groups(role_id: int) -> Page:
    """Ask which group gets the role."""
    return _show_groups(find(role_id), GroupRoleForm(formdata=None))


@bp.post(f"{ROLE}/groups")
@limited("60 per minute")
@administers("groups.write")
def answer_groups(role_id: int) -> Page:
    """Give the members of a group the role."""
    role, form = find(role_id), GroupRoleForm()
    if not form.validate_on_submit():
        return _show_groups(role, form)
    group, ends_at = lookup.find_by_path(form.text("group")), ending.read(form.text("until"))
    if group is None:
        form.refuse(Refused(Reason.UNKNOWN, "group"))
    if isinstance(ends_at, Refused):
        form.refuse(ends_at)
    if group is None or isinstance(ends_at, Refused):
        return _show_groups(role, form)
    if giving.give_to_group(role, group, ends_at=ends_at, actor=actor()) is not None:
        abort(HTTPStatus.NOT_FOUND)
    flash(_("The members of %(path)s have the role now.", path=group.path), "success")
    return go(path(role))


@bp.get(f"{ROLE}{GROUP}/remove")
@administers("groups.write")
def ask_group_taking(role_id: int, group_id: int) -> Page:
    """Ask before a role is taken from a group."""
    role, group = find(role_id), find_group(group_id)
    question = questions.about_role_of_group(role.name, group.path)
    return show("confirm.html", question=question, cancel=path(role), crumbs=crumbs(role))


@bp.post(f"{ROLE}{GROUP}/remove")
@limited("60 per minute")
@administers("groups.write")
def take_from_group(role_id: int, group_id: int) -> Page:
    """Take the role from a group; one that has it not already stays so."""
    role, group = find(role_id), find_group(group_id)
    giving.take_from_group(role, group, actor=actor())
    flash(_("The role is taken from %(name)s.", name=group.path), "success")
    return go(path(role))


def _show_add(role: Role, sub: str, form: UntilForm) -> Page:
    return show(
        "role_add.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        form=form,
        role=role,
        account=find_account(sub),
        cancel=path(role),
        crumbs=crumbs(role),
        has_errors=has_errors(form),
    )


def _show_groups(role: Role, form: GroupRoleForm) -> Page:
    return show(
        "role_add.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        form=form,
        role=role,
        account=None,
        cancel=path(role),
        crumbs=crumbs(role),
        has_errors=has_errors(form),
    )
