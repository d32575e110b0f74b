"""Pages: /admin/administrators/groups, who administers the people of one group alone; giving and withdrawing such roles.

Each is asked once more, on a page of its own, as for the roles of the whole server. Who may give what is decided by `accounts.authority`.
"""

from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, g, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired

from idp.accounts import lookup
from idp.accounts.authority import holding, limited
from idp.accounts.authority.limited import Limit
from idp.accounts.authority.permissions import LIMITED, limited_abouts, limited_title, titles
from idp.accounts.models import Account
from idp.admin import guard, paging, questions, tickets
from idp.admin.administrators import RoleForm, people_of, state, until
from idp.admin.guard import administers
from idp.admin.navigation import administrator, show
from idp.admin.taken import find
from idp.base.http import limited as at_most
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.groups import lookup as groups
from idp.groups import reach
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("group_administrators", __name__, url_prefix="/administrators/groups")

PAGE = "/admin/administrators/groups"
ROLE = f"/<int:group_id>/<sub>/<any{tuple(LIMITED)}:role>"


class GroupRoleForm(RoleForm):
    """Who gets which role for the people of which group, and until when."""

    group = StringField(
        _l("Group"),
        [InputRequired(_l("Enter the path of a group."))],
        description=_l("Such as /eng/backend. The role reaches its members, and those of the groups below it."),
    )

    def fill(self) -> None:
        """Offer the roles that the administrator who asks may give."""
        about, title = limited_abouts(), titles()
        self.role.choices = [(role, f"{title[role]}: {about[role]}") for role in limited.givable(g.permissions)]


@bp.get("")
@administers("authority.read")
def show_group_administrators() -> Page:
    """List who has which role for which group's people, above the form for giving one."""
    return _show(GroupRoleForm(formdata=None))


@bp.post("")
@at_most("30 per minute")
@administers("authority.grant")
def answer_group_administrators() -> Page:
    """Ask whether the role is meant for that person and group."""
    form = GroupRoleForm()
    form.fill()
    if not form.validate_on_submit():
        return _show(form)
    account, group = lookup.find_by_identifier(form.text("person")), groups.find_by_path(form.text("group"))
    if account is None:
        form.refuse(Refused(Reason.UNKNOWN, "person"))
    if group is None:
        form.refuse(Refused(Reason.UNKNOWN, "group"))
    if account is None or group is None:
        return _show(form)
    refused = limited.judge(account, form.role.data, actor=administrator(), until=form.until.data)
    if refused is not None:
        form.refuse(replace(refused, field="person") if refused.field == "email" else refused)
        return _show(form)
    query = f"?{urlencode({'until': form.until.data.isoformat()})}" if form.until.data else ""
    return go(f"{PAGE}/{group.id}/{account.sub}/{form.role.data}/give{query}")


@bp.get(f"{ROLE}/give")
@administers("authority.grant")
def ask_giving(group_id: int, sub: str, role: str) -> Page:
    """Ask before a role is given; `?until=` is its last day."""
    account, title = find(sub), limited_title(role, _find_group(group_id).path)
    return _ask(account, questions.about_role(account, title, limited_abouts()[role], until()))


@bp.post(f"{ROLE}/give")
@at_most("30 per minute")
@administers("authority.grant")
def give(group_id: int, sub: str, role: str) -> Page:
    """Give a role for a group's people, or another end to one that is had already."""
    last_day = until()
    account = guard.take(find(sub).id, "authority.grant")
    limit = _find_group(group_id)
    if not tickets.is_of_state(request.form.get("seen"), state(account)):
        return _show_meanwhile(account)
    refused = limited.grant(account, role, limit, actor=administrator(), until=last_day)
    if refused is not None:
        return _refuse(account, phrase(refused))
    title = limited_title(role, limit.path)
    flash(_("%(name)s has the role “%(role)s” now.", name=account.display_name, role=title), "success")
    return go(PAGE)


@bp.get(f"{ROLE}/withdraw")
@administers("authority.grant")
def ask_withdrawal(group_id: int, sub: str, role: str) -> Page:
    """Ask before a role is taken away."""
    account, title = find(sub), limited_title(role, _find_group(group_id).path)
    is_last = len(holding.tell(account)) <= 1
    return _ask(account, questions.about_withdrawal(account, title, is_last=is_last))


@bp.post(f"{ROLE}/withdraw")
@at_most("30 per minute")
@administers("authority.grant")
def withdraw(group_id: int, sub: str, role: str) -> Page:
    """Take a role for a group's people away."""
    account = guard.take(find(sub).id, "authority.grant")
    limit = _find_group(group_id)
    if not tickets.is_of_state(request.form.get("seen"), state(account)):
        return _show_meanwhile(account)
    refused = limited.withdraw(account, role, limit, actor=administrator())
    if refused is not None:
        return _refuse(account, phrase(refused))
    title = limited_title(role, limit.path)
    flash(_("%(name)s has the role “%(role)s” no more.", name=account.display_name, role=title), "success")
    return go(PAGE)


def _show(form: GroupRoleForm, status: int = HTTPStatus.BAD_REQUEST) -> Page:
    form.fill()
    rows = paging.take(limited.listing())
    return show(
        "group_administrators.html",
        status=status if has_errors(form) else HTTPStatus.OK,
        form=form,
        has_errors=has_errors(form),
        rows=rows,
        people=people_of(rows.items),
        paths=reach.paths({row.group_id for row in rows.items}),
        last_day=holding.last_day,
        titles=titles(),
        own=limited.givable(g.permissions),
        names=lookup.names_of(row.given_by for row in rows.items),
        crumbs=[("/admin/administrators", _("Administrators"))],
    )


def _ask(account: Account, question: questions.Question) -> Page:
    if not guard.may_act_on(account):
        return guard.refuse(Refused(Reason.NOT_PERMITTED))
    crumbs = [("/admin/administrators", _("Administrators")), (PAGE, _("Of one group’s people"))]
    return show("confirm.html", question=question, cancel=PAGE, crumbs=crumbs, seen=tickets.of_state(state(account)))


def _show_meanwhile(account: Account) -> Page:
    """Say that somebody else has changed the roles since the question was asked."""
    said = _(
        "The roles of %(email)s have changed since you were asked. Look at them and try again.", email=account.email
    )
    return _refuse(account, said, HTTPStatus.CONFLICT)


def _refuse(account: Account, said: str, status: int = HTTPStatus.BAD_REQUEST) -> Page:
    form = GroupRoleForm(formdata=None)
    form.person.data = account.email
    form.form_errors.append(said)
    return _show(form, status)


def _find_group(group_id: int) -> Limit:
    group = groups.find(group_id) or abort(HTTPStatus.NOT_FOUND)
    return Limit(group.id, group.path)
