"""Pages: /admin/invitations, to invite people by a list of addresses, see who came, send letters again and revoke them."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired, Optional

from idp.accounts import lookup as accounts
from idp.accounts import taking
from idp.accounts.models import Account
from idp.admin import paging, questions, tickets
from idp.admin.fields import SelectField
from idp.admin.guard import administers, may
from idp.admin.navigation import actor, administrator, show
from idp.admin.protocol_fields import lines
from idp.base.http import limited
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.groups import lookup as groups
from idp.groups.models import Group
from idp.invitations import lookup, reading, service
from idp.invitations.models import LARGEST_ID, Invitation
from idp.invitations.service import Letter, Outcome, Sent
from idp.signin import login
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("invitations", __name__, url_prefix="/invitations")
LIST = "/admin/invitations"
INVITATION = f"/<int(max={LARGEST_ID}):invitation_id>"
MOST_GROUPS = 20


def lives() -> dict[str, str]:
    """Return for how long a letter may be good."""
    return {str(days): ngettext("%(num)s day", "%(num)s days", days) for days in service.LIVES}


class InviteForm(EntranceForm):
    """Whom to invite, into which groups, and for how long. The ticket lets the form work once."""

    addresses = TextAreaField(
        _l("E-mail addresses"),
        [InputRequired(_l("Enter at least one e-mail address."))],
        description=_l(
            "One a line, or with commas between them, or a CSV table whose first line names a column email."
        ),
    )
    groups = TextAreaField(
        _l("Groups"),
        [Optional()],
        description=_l("Paths such as /eng/backend, one a line: whoever comes becomes a member."),
    )
    days = SelectField(_l("The link works for"), choices=lives, default=str(service.USUAL_LIFE))
    ticket = HiddenField()


@bp.get("")
@administers("people.read")
def show_invitations() -> Page:
    """List invitations, the newest first, and who came; `?state=` narrows them."""
    term, state = paging.term(), paging.term("state")
    rows = paging.take(lookup.search(term, state))
    came = groups.people([row.account_id for row in rows.items if row.account_id is not None])
    return show(
        "invitations.html",
        rows=rows,
        term=term,
        state=state,
        states=[("", _("All")), *_states().items()],
        words=_words(),
        state_of=lookup.state_of,
        came=came,
        groups=lookup.groups_of([row.id for row in rows.items]),
        names=accounts.names_of(row.invited_by for row in rows.items),
        is_closed=service.refuse() is not None,
    )


@bp.get("/new")
@administers("people.write")
def show_new() -> Page:
    """Show the form for new invitations."""
    form = InviteForm(formdata=None)
    form.ticket.data = tickets.new()
    return _show_new(form)


@bp.post("/new")
@limited("30 per minute", "300 per hour")
@administers("people.write")
def answer_new() -> Page:
    """Invite everybody on the list, or say what is wrong with it and invite nobody."""
    form = InviteForm()
    is_good = form.validate_on_submit()
    found = reading.read(form.text("addresses"))
    chosen = _read_groups(form)
    if is_good and found.problems:
        form.addresses.errors = [*form.addresses.errors, *found.problems[:20]]
    closed = service.refuse()
    if closed is not None:
        form.refuse(closed)
    if has_errors(form) or not is_good:
        return _show_new(form)
    if not tickets.spend(form.ticket.data):
        flash(_("This form was sent already. The invitations are below."), "info")
        return go(LIST)
    me = administrator()
    letter = Letter(chosen, int(form.days.data), me.sub, me.name or me.email)
    return _tell(service.invite(found.addresses, letter, take=_take), form)


@bp.post(f"{INVITATION}/resend")
@limited("60 per minute")
@administers("people.write")
def resend(invitation_id: int) -> Page:
    """Send a letter again, with a new link."""
    me, invitation = administrator(), _find(invitation_id, for_change=True)
    outcome = service.resend(invitation, actor=me.sub, inviter=me.name or me.email)
    match outcome:
        case Refused(Reason.UNKNOWN):
            flash(_("This invitation is over, so nothing was sent."), "info")
        case Refused():
            flash(phrase(outcome), "error")
        case Outcome.HELD_BACK:
            flash(_("%(email)s got so many invitations that none is sent now.", email=invitation.email), "warning")
        case _:
            flash(_("A new message is on its way to %(email)s.", email=invitation.email), "success")
    return go(LIST)


@bp.get(f"{INVITATION}/revoke")
@administers("people.write")
def ask_revocation(invitation_id: int) -> Page:
    """Ask before an invitation is revoked."""
    question = questions.about_invitation(_find(invitation_id).email)
    return show("confirm.html", question=question, cancel=LIST, crumbs=_crumbs())


@bp.post(f"{INVITATION}/revoke")
@limited("60 per minute")
@administers("people.write")
def revoke(invitation_id: int) -> Page:
    """End an invitation; one that is over stays so."""
    is_revoked = service.revoke(_find(invitation_id, for_change=True), actor=actor())
    said = _("The invitation is revoked.") if is_revoked else _("This invitation is over already.")
    flash(said, "success" if is_revoked else "info")
    return go(LIST)


def _find(invitation_id: int, *, for_change: bool = False) -> Invitation:
    return lookup.find(invitation_id, for_change=for_change) or abort(HTTPStatus.NOT_FOUND)


def _take(account_id: int) -> Account | Refused:
    """Hold the account of somebody who is invited and has one: whoever puts others into groups has to have the right to do so there."""
    present = login.current()
    if present is None:
        return Refused(Reason.SIGNED_OUT)
    needed = "groups.write" if may("groups.write") else "people.write"
    return taking.take_as_administrator(login.authority(present), account_id, needed)


def _read_groups(form: InviteForm) -> list[Group]:
    """Return the groups that were typed; what is wrong with one stands at the field. Who may put nobody into groups names none."""
    paths = lines(form.text("groups"))
    if paths and not may("groups.write"):
        form.groups.errors = [_("You may not put people into groups.")]
        return []
    if len(paths) > MOST_GROUPS:
        form.groups.errors = [_("Name at most %(most)s groups.", most=MOST_GROUPS)]
        return []
    found = {path: groups.find_by_path(path) for path in paths}
    form.groups.errors = [_("There is no group %(path)s.", path=path) for path, group in found.items() if group is None]
    return list({group.id: group for group in found.values() if group is not None}.values())


def _tell(sent: Sent, form: InviteForm) -> Page:
    """Say what became of the list, of people who have accounts only to whoever may see them; what is left stays in the form."""
    done = {outcome: len(emails) for outcome, emails in sent.by_outcome.items()}
    if not may("people.read"):
        done[Outcome.SENT] += done[Outcome.GIVEN] + done[Outcome.WITHHELD]
        done[Outcome.GIVEN] = done[Outcome.WITHHELD] = 0
    for outcome, kind in (
        (Outcome.SENT, "success"),
        (Outcome.GIVEN, "info"),
        (Outcome.HELD_BACK, "warning"),
        (Outcome.WITHHELD, "warning"),
    ):
        if done[outcome]:
            flash(_said(outcome, done[outcome]), kind)
    if not sent.left:
        return go(LIST)
    form.addresses.data = "\n".join(sent.left)
    form.ticket.data = tickets.new()
    wait = max(1, (sent.retry_after or 0) // 60)
    form.addresses.errors = [
        _(
            "You have sent many invitations. The addresses that are left stand here: send them in %(wait)s minutes.",
            wait=wait,
        )
    ]
    return _show_new(form, status=HTTPStatus.TOO_MANY_REQUESTS)


def _said(outcome: Outcome, count: int) -> str:
    match outcome:
        case Outcome.SENT:
            said = ngettext("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", count)
        case Outcome.GIVEN:
            said = ngettext(
                "%(num)s person has an account already, was put into the groups, and is told so.",
                "%(num)s people have an account already, were put into the groups, and are told so.",
                count,
            )
        case Outcome.HELD_BACK:
            said = ngettext(
                "%(num)s address got so many invitations that no message is sent now. Send it again later.",
                "%(num)s addresses got so many invitations that no message is sent now. Send them again later.",
                count,
            )
        case _:
            said = ngettext(
                "%(num)s account was left as it is: it is disabled, or administers more than you do.",
                "%(num)s accounts were left as they are: they are disabled, or administer more than you do.",
                count,
            )
    return str(said)


def _states() -> dict[str, str]:
    return {lookup.WAITING: _("Waiting"), lookup.CAME: _("Came"), lookup.REVOKED: _("Revoked")}


def _words() -> dict[str, tuple[str, str]]:
    """Return what each state is called, and in which colour."""
    kinds = {lookup.WAITING: "info", lookup.CAME: "good", lookup.REVOKED: "neutral"}
    return {name: (word, kinds[name]) for name, word in _states().items()} | {"expired": (_("Expired"), "warn")}


def _crumbs() -> list[tuple[str, str]]:
    return [(LIST, _("Invitations"))]


def _show_new(form: InviteForm, status: int | None = None) -> Page:
    wrong = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    values: dict[str, Any] = {"form": form, "has_errors": has_errors(form), "crumbs": _crumbs()}
    return show("invitation_new.html", status=status or wrong, **values)
