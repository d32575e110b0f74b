"""Pages: /admin/groups, to make, describe, move and delete groups. Who belongs to one is `group_people`; the rules live in `groups`."""

from http import HTTPStatus

from flask import Blueprint, abort, flash, request
from flask_babel import gettext as _

from idp.admin import paging, questions
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.admin.standing_forms import GroupForm
from idp.base.database import session
from idp.base.http import limited
from idp.base.outcome import Reason, Refused
from idp.groups import access, ending, lookup, service
from idp.groups.models import LARGEST_ID, Group, GroupMember
from idp.roles import giving
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("groups", __name__, url_prefix="/groups")
GROUP = f"/<int(max={LARGEST_ID}):group_id>"
MOST_CHILDREN = 100


@bp.get("")
@administers("groups.read")
def show_groups() -> Page:
    """List and search groups."""
    term = paging.term()
    return show("groups.html", rows=paging.cut(lookup.search(term, paging.MOST)), term=term)


@bp.get("/new")
@administers("groups.write")
def show_new() -> Page:
    """Show the form for a new group; `?parent=` is the path of the one above."""
    form = GroupForm(formdata=None)
    form.parent.data = request.args.get("parent", "")[: paging.LONGEST_TERM]
    return _show_new(form)


@bp.post("/new")
@limited("60 per minute")
@administers("groups.write")
def answer_new() -> Page:
    """Make a group."""
    form = GroupForm()
    parent = _find_parent(form) if form.validate_on_submit() else None
    if has_errors(form) or not form.is_submitted():
        return _show_new(form)
    made = service.create(form.text("name"), parent=parent, description=form.text("description"), actor=actor())
    if isinstance(made, Refused):
        form.refuse(made)
        return _show_new(form)
    flash(_("The group %(path)s is made.", path=made.path), "success")
    return go(path(made))


@bp.get(GROUP)
@administers("groups.read")
def show_group(group_id: int) -> Page:
    """Show a group, who belongs to it, and what hangs on it."""
    group = find(group_id)
    form = GroupForm(formdata=None, obj=group)
    above = lookup.find(group.parent_id) if group.parent_id is not None else None
    form.parent.data = above.path if above is not None else ""
    return _show_group(group, form)


@bp.post(GROUP)
@limited("60 per minute")
@administers("groups.write")
def answer_group(group_id: int) -> Page:
    """Rename, describe or move a group."""
    group, form = find(group_id), GroupForm()
    parent = _find_parent(form) if form.validate_on_submit() else None
    if has_errors(form):
        return _show_group(group, form)
    told = form.text("description")
    changed = service.change(group, name=form.text("name"), description=told, parent=parent, actor=actor())
    if isinstance(changed, Refused):
        if changed.reason is Reason.UNKNOWN and changed.field is None:
            abort(HTTPStatus.NOT_FOUND)
        form.refuse(changed)
        return _show_group(group, form)
    flash(_("The group is saved."), "success")
    return go(path(group))


@bp.get(f"{GROUP}/delete")
@administers("groups.write")
def show_delete(group_id: int) -> Page:
    """Ask before a group is deleted, and say what hangs on it."""
    group = find(group_id)
    question = questions.about_group(group.path, service.hanging_on(group))
    return show("confirm.html", question=question, cancel=path(group), crumbs=crumbs(group))


@bp.post(f"{GROUP}/delete")
@limited("60 per minute")
@administers("groups.write")
def answer_delete(group_id: int) -> Page:
    """Delete a group with everything below it."""
    group = find(group_id)
    service.remove(group, actor=actor())
    flash(_("The group %(path)s is deleted.", path=group.path), "success")
    return go("/admin/groups")


def find(group_id: int) -> Group:
    """Return a group; 404 where there is none."""
    return lookup.find(group_id) or abort(HTTPStatus.NOT_FOUND)


def path(group: Group) -> str:
    """Return the address of a group's page."""
    return f"/admin/groups/{group.id}"


def crumbs(group: Group | None = None) -> list[tuple[str, str]]:
    """Return the way here."""
    own = [(path(group), group.path)] if group is not None else []
    return [("/admin/groups", _("Groups")), *own]


def _find_parent(form: GroupForm) -> Group | None:
    """Return the group that was typed as the one above; what is wrong with it stands at its field then."""
    typed = form.text("parent").strip()
    if typed in ("", "/"):
        return None
    found = lookup.find_by_path(typed)
    if found is None:
        form.refuse(Refused(Reason.UNKNOWN, "parent"))
    return found


def _show_new(form: GroupForm) -> Page:
    status = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    return show("group_new.html", form=form, status=status, crumbs=crumbs(), has_errors=has_errors(form))


def _show_group(group: Group, form: GroupForm) -> Page:
    term = paging.term()
    rows: paging.Slice[GroupMember] = paging.take(lookup.members(group.id, term))
    return show(
        "group.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        form=form,
        group=group,
        rows=rows,
        term=term,
        people=lookup.people([row.account_id for row in rows.items]),
        day_of=ending.show,
        everybody=paging.tell_count(lookup.everybody(group.id)),
        owners=lookup.owners(group.id),
        children=list(session().scalars(lookup.children(group.id).limit(MOST_CHILDREN))),
        roles=giving.roles_of_group(group.id),
        clients=access.clients_of(group.id),
        crumbs=crumbs(),
        has_errors=has_errors(form),
    )
