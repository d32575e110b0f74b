"""Pages: /admin/administrators, who administers, by which role and until when; giving and withdrawing roles.

Each is asked once more, on a page of its own. Who may give what is decided by `accounts.authority`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Optional

from idp.accounts import lookup
from idp.accounts.authority import granting, holding
from idp.accounts.authority.permissions import ROLES, abouts, titles
from idp.accounts.models import Account, AdministratorRole, GroupAdministrator
from idp.admin import guard, paging, questions, tickets
from idp.admin.fields import RadioField
from idp.admin.guard import administers
from idp.admin.navigation import administrator, show
from idp.admin.taken import find
from idp.base.database import session
from idp.base.http import limited
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("administrators", __name__, url_prefix="/administrators")

PAGE = "/admin/administrators"
ROLE = f"/<sub>/<any{tuple(ROLES)}:role>"


class DayField(DateField):
    """A day, which may be left out."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day as a browser's own field writes it."""
        if valuelist and not "".join(valuelist).strip():
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Enter the day as year, month and day, such as 2027-01-31.")) from None


class RoleForm(EntranceForm):
    """Who gets which role, and until when."""

    person = StringField(
        _l("E-mail address or username"),
        [InputRequired(_l("Enter the address or username of somebody with an account."))],
    )
    role = RadioField(_l("Role"), [InputRequired(_l("Choose a role."))], choices=[])
    until = DayField(
        _l("Last day"),
        [Optional()],
        description=_l("The role ends by itself after this day, by UTC. Left empty: it does not."),
    )

    def fill(self) -> None:
        """Offer the roles that the administrator who asks may give."""
        about, title = abouts(), titles()
        self.role.choices = [(role, f"{title[role]}: {about[role]}") for role in _own_roles()]


@bp.get("")
@administers("authority.read")
def show_administrators() -> Page:
    """List who has which role, above the form for giving one; `?person=` says to whom."""
    form = RoleForm(formdata=None)
    form.person.data = request.args.get("person", "")[:320]
    return _show(form)


@bp.post("")
@limited("30 per minute")
@administers("authority.grant")
def answer_administrators() -> Page:
    """Ask whether the role is meant for that person."""
    form = RoleForm()
    form.fill()
    if not form.validate_on_submit():
        return _show(form)
    account = lookup.find_by_identifier(form.text("person"))
    if account is None:
        form.refuse(Refused(Reason.UNKNOWN, "person"))
        return _show(form)
    refused = granting.judge(account, form.role.data, actor=administrator(), until=form.until.data)
    if refused is not None:
        form.refuse(replace(refused, field="person") if refused.field == "email" else refused)
        return _show(form)
    query = urlencode({"until": form.until.data.isoformat()}) if form.until.data else ""
    return go(f"{PAGE}/{account.sub}/{form.role.data}/give{'?' if query else ''}{query}")


@bp.get(f"{ROLE}/give")
@administers("authority.grant")
def ask_giving(sub: str, role: str) -> Page:
    """Ask before a role is given; `?until=` is its last day."""
    account = find(sub)
    return _ask(account, questions.about_role(account, titles()[role], abouts()[role], until()))


@bp.post(f"{ROLE}/give")
@limited("30 per minute")
@administers("authority.grant")
def give(sub: str, role: str) -> Page:
    """Give a role, or another end to one that is had already."""
    last_day = until()
    account = guard.take(find(sub).id, "authority.grant")
    if not tickets.is_of_state(request.form.get("seen"), state(account)):
        return _show_meanwhile(account)
    refused = granting.grant(account, role, actor=administrator(), until=last_day)
    if refused is not None:
        return _refuse(account, phrase(refused))
    flash(_("%(name)s has the role “%(role)s” now.", name=account.display_name, role=titles()[role]), "success")
    return go(PAGE)


@bp.get(f"{ROLE}/withdraw")
@administers("authority.grant")
def ask_withdrawal(sub: str, role: str) -> Page:
    """Ask before a role is taken away."""
    account = find(sub)
    is_last = len(holding.tell(account)) <= 1
    return _ask(account, questions.about_withdrawal(account, titles()[role], is_last=is_last))


@bp.post(f"{ROLE}/withdraw")
@limited("30 per minute")
@administers("authority.grant")
def withdraw(sub: str, role: str) -> Page:
    """Take a role away, but never the last owner's."""
    account = guard.take(find(sub).id, "authority.grant")
    if not tickets.is_of_state(request.form.get("seen"), state(account)):
        return _show_meanwhile(account)
    refused = granting.withdraw(account, role, actor=administrator())
    if refused is not None:
        return _refuse(account, phrase(refused))
    flash(_("%(name)s has the role “%(role)s” no more.", name=account.display_name, role=titles()[role]), "success")
    return go(PAGE if "authority.read" in holding.permissions_of(administrator()) else "/account")


def _show(form: RoleForm, status: int = HTTPStatus.BAD_REQUEST) -> Page:
    form.fill()
    rows = paging.take(holding.listing())
    return show(
        "administrators.html",
        status=status if has_errors(form) else HTTPStatus.OK,
        form=form,
        has_errors=has_errors(form),
        rows=rows,
        people=people_of(rows.items),
        last_days={(row.account_id, row.role): holding.last_day(row) for row in rows.items},
        titles=titles(),
        own=_own_roles(),
        names=lookup.names_of(row.given_by for row in rows.items),
    )


def _ask(account: Account, question: questions.Question) -> Page:
    """Ask, on a page that knows which roles the person has."""
    if not guard.may_act_on(account):
        return guard.refuse(Refused(Reason.NOT_PERMITTED))
    seen = tickets.of_state(state(account))
    return show("confirm.html", question=question, cancel=PAGE, crumbs=_crumbs(), seen=seen)


def state(account: Account) -> str:
    """Return what an administrator who is asked has seen of somebody's roles."""
    return ", ".join([account.sub, *holding.tell(account)])


def _show_meanwhile(account: Account) -> Page:
    """Say that somebody else has changed the roles since the question was asked, and what they are now."""
    now = ", ".join(holding.tell(account)) or _("none")
    said = _(
        "The roles of %(email)s have changed since you were asked. They are now: %(roles)s.",
        email=account.email,
        roles=now,
    )
    return _refuse(account, said, HTTPStatus.CONFLICT)


def _own_roles() -> list[str]:
    """Return the roles that permit no more than the administrator who asks may."""
    return [role for role, permissions in ROLES.items() if all(map(guard.may, permissions))]


def _refuse(account: Account, said: str, status: int = HTTPStatus.BAD_REQUEST) -> Page:
    form = RoleForm(formdata=None)
    form.person.data = account.email
    form.form_errors.append(said)
    return _show(form, status)


def people_of(rows: Sequence[AdministratorRole | GroupAdministrator]) -> dict[int, Account]:
    """Return the accounts of those who have some roles, by their numbers."""
    found = session().scalars(select(Account).where(Account.id.in_({row.account_id for row in rows})))
    return {account.id: account for account in found}


def until() -> date | None:
    """Return the last day that the address names; 404 where it is no day."""
    text = request.args.get("until")
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(HTTPStatus.NOT_FOUND)


def _crumbs() -> list[tuple[str, str]]:
    return [(PAGE, _("Administrators"))]
