"""Pages: /admin/roles, what applications are told that people may do. Whom a role is given to is `role_people`; rules live in `roles`."""

from http import HTTPStatus

from flask import Blueprint, abort, flash, request
from flask_babel import gettext as _

from idp.admin import paging, questions
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.admin.standing_forms import NewRoleForm, RoleForm
from idp.base.http import limited
from idp.base.outcome import Refused
from idp.groups import ending, lookup
from idp.roles import giving, service
from idp.roles.models import LARGEST_ID, Role, RoleHolder
from idp.roles.service import Default
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("roles", __name__, url_prefix="/roles")
ROLE = f"/<int(max={LARGEST_ID}):role_id>"


@bp.get("")
@administers("groups.read")
def show_roles() -> Page:
    """List and search roles."""
    term = paging.term()
    return show(
        "roles.html", rows=paging.cut(service.search(term, paging.MOST)), term=term, default_of=service.default_of
    )


@bp.get("/new")
@administers("groups.write")
def show_new() -> Page:
    """Show the form for a new role; `?client=` is the client that it is one of."""
    form = NewRoleForm(formdata=None)
    form.client_id.data = request.args.get("client", "")[: paging.LONGEST_TERM]
    return _show_new(form)


@bp.post("/new")
@limited("60 per minute")
@administers("groups.write")
def answer_new() -> Page:
    """Make a role."""
    form = NewRoleForm()
    if not form.validate_on_submit():
        return _show_new(form)
    made = service.create(
        form.text("name"),
        client_id=form.text("client_id").strip() or None,
        description=form.text("description"),
        default=Default(form.default.data),
        actor=actor(),
    )
    if isinstance(made, Refused):
        form.refuse(made)
        return _show_new(form)
    flash(_("The role %(name)s is made.", name=made.name), "success")
    return go(path(made))


@bp.get(ROLE)
@administers("groups.read")
def show_role(role_id: int) -> Page:
    """Show a role, and whom it is given to."""
    role = find(role_id)
    form = RoleForm(formdata=None)
    form.description.data, form.default.data = role.description, service.default_of(role).value
    return _show_role(role, form)


@bp.post(ROLE)
@limited("60 per minute")
@administers("groups.write")
def answer_role(role_id: int) -> Page:
    """Describe a role, and say who has it anyway."""
    role, form = find(role_id), RoleForm()
    if not form.validate_on_submit():
        return _show_role(role, form)
    default = Default(form.default.data)
    changed = service.change(role, description=form.text("description"), default=default, actor=actor())
    if isinstance(changed, Refused):
        form.refuse(changed)
        return _show_role(role, form)
    flash(_("The role is saved."), "success")
    return go(path(role))


@bp.get(f"{ROLE}/delete")
@administers("groups.write")
def show_delete(role_id: int) -> Page:
    """Ask before a role is deleted, and say what hangs on it."""
    role = find(role_id)
    question = questions.about_role_deletion(role.name, service.hanging_on(role))
    return show("confirm.html", question=question, cancel=path(role), crumbs=crumbs(role))


@bp.post(f"{ROLE}/delete")
@limited("60 per minute")
@administers("groups.write")
def answer_delete(role_id: int) -> Page:
    """Delete a role."""
    role = find(role_id)
    service.remove(role, actor=actor())
    flash(_("The role %(name)s is deleted.", name=role.name), "success")
    return go("/admin/roles")


def find(role_id: int) -> Role:
    """Return a role; 404 where there is none."""
    return service.find(role_id) or abort(HTTPStatus.NOT_FOUND)


def path(role: Role) -> str:
    """Return the address of a role's page."""
    return f"/admin/roles/{role.id}"


def crumbs(role: Role | None = None) -> list[tuple[str, str]]:
    """Return the way here."""
    own = [(path(role), role.name)] if role is not None else []
    return [("/admin/roles", _("Roles")), *own]


def _show_new(form: NewRoleForm) -> Page:
    status = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    return show("role_new.html", form=form, status=status, crumbs=crumbs(), has_errors=has_errors(form))


def _show_role(role: Role, form: RoleForm) -> Page:
    term = paging.term()
    rows: paging.Slice[RoleHolder] = paging.take(giving.holders(role.id, term))
    return show(
        "role.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        form=form,
        role=role,
        rows=rows,
        term=term,
        people=lookup.people([row.account_id for row in rows.items]),
        groups=giving.groups_of(role.id),
        day_of=ending.show,
        crumbs=crumbs(),
        has_errors=has_errors(form),
    )
