"""Pages: who belongs to a group and who owns it: found by a search, added with a last day, removed after a question."""

from http import HTTPStatus

from flask import Blueprint, abort, flash
from flask_babel import gettext as _

from idp.accounts import lookup as accounts
from idp.admin import paging, questions
from idp.admin.groups_views import GROUP, crumbs, find, path
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.admin.standing_forms import OWNER, AddForm
from idp.admin.taken import find as find_account
from idp.admin.taken import take
from idp.base.http import limited
from idp.base.outcome import Refused
from idp.groups import ending, members
from idp.groups.models import Group
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("group_people", __name__, url_prefix="/groups")
KINDS = "<any(members, owners):kind>"


@bp.get(f"{GROUP}/add")
@administers("groups.write")
def choose(group_id: int) -> Page:
    """Search for somebody to add."""
    group, term = find(group_id), paging.term()
    rows = paging.cut(accounts.search(term, paging.MOST)) if term else None
    return show(
        "choose_person.html",
        heading=_("Add somebody to %(path)s", path=group.path),
        base=f"{path(group)}/add",
        rows=rows,
        term=term,
        crumbs=crumbs(group),
    )


@bp.get(f"{GROUP}/add/<sub>")
@administers("groups.write")
def show_add(group_id: int, sub: str) -> Page:
    """Ask as what, and until when, somebody is added; of a member the present last day is shown."""
    group, form = find(group_id), AddForm(formdata=None)
    present = members.find(group, find_account(sub))
    form.until.data = ending.tell(present.ends_at) if present is not None else ""
    return _show_add(group, sub, form)


@bp.post(f"{GROUP}/add/<sub>")
@limited("120 per minute")
@administers("groups.write")
def answer_add(group_id: int, sub: str) -> Page:
    """Add somebody, or change the last day of a member."""
    group, form = find(group_id), AddForm()
    if not form.validate_on_submit():
        return _show_add(group, sub, form)
    ends_at = ending.read(form.text("until"))
    if isinstance(ends_at, Refused):
        form.refuse(ends_at)
        return _show_add(group, sub, form)
    account = take(sub, "groups.write")
    if form.kind.data == OWNER:
        refused = members.add_owner(group, account, actor=actor())
    else:
        refused = members.add(group, account, ends_at=ends_at, actor=actor())
    if refused is not None:
        abort(HTTPStatus.NOT_FOUND)
    done = _("%(name)s owns the group now.") if form.kind.data == OWNER else _("%(name)s is a member now.")
    flash(done % {"name": account.display_name}, "success")
    return go(path(group))


@bp.get(f"{GROUP}/{KINDS}/<sub>/remove")
@administers("groups.write")
def ask_removal(group_id: int, kind: str, sub: str) -> Page:
    """Ask before somebody is no member, or no owner, any more."""
    group, account = find(group_id), find_account(sub)
    question = questions.about_group_person(kind, group.path, account)
    return show("confirm.html", question=question, cancel=path(group), crumbs=crumbs(group))


@bp.post(f"{GROUP}/{KINDS}/<sub>/remove")
@limited("120 per minute")
@administers("groups.write")
def remove(group_id: int, kind: str, sub: str) -> Page:
    """Let somebody be a member, or an owner, no more; who is none already stays so."""
    group, account = find(group_id), take(sub, "groups.write")
    act = members.remove_owner if kind == "owners" else members.remove
    act(group, account, actor=actor())
    done = _("%(name)s owns the group no more.") if kind == "owners" else _("%(name)s is no member any more.")
    flash(done % {"name": account.display_name}, "success")
    return go(path(group))


def _show_add(group: Group, sub: str, form: AddForm) -> Page:
    account = find_account(sub)
    return show(
        "group_add.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        form=form,
        group=group,
        account=account,
        cancel=path(group),
        crumbs=crumbs(group),
        has_errors=has_errors(form),
    )
