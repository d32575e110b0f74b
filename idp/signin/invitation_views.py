"""Page: /invitation, behind the link of a letter. Opening it changes nothing, so that mail scanners cannot spend it; its form does."""

from flask import Blueprint, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Optional

from idp.accounts import homes
from idp.accounts.models import Account
from idp.accounts.signup import Application
from idp.attributes import known as attributes
from idp.base.http import limited, show_error, source
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.invitations import accepting, lookup
from idp.invitations import service as invitations
from idp.invitations.models import Invitation
from idp.signin import asking, buttons, login
from idp.signin.forms import NewcomerForm, PlainForm
from idp.signin.pages import Page, go, show

bp = Blueprint("invitation", __name__)
DEAD = {
    Reason.LINK_INVALID,
    Reason.LINK_EXPIRED,
    Reason.SIGN_UP_CLOSED,
    Reason.ACCOUNT_DISABLED,
    Reason.ACCOUNT_LEAVING,
}


class InvitationForm(NewcomerForm):
    """A new account whose address is that of the letter."""

    password = PasswordField(_l("Password"), [InputRequired(_l("Choose a password."))])
    username = StringField(_l("Username"), [Optional()])
    given_name = StringField(_l("First name"), [Optional()])
    family_name = StringField(_l("Last name"), [Optional()])

    def application(self) -> Application:
        """Return what was typed."""
        more = {"claims": self.claims(), "attributes": self.attributes()}
        return Application("", self.text("password"), self.read_profile(), **more)


@bp.get("/invitation")
def show_invitation() -> Page:
    """Show the form for the account that somebody was invited to, or the button that accepts for one that is there."""
    invitation = lookup.find_link(_token())
    if isinstance(invitation, Refused):
        return _show_dead(invitation)
    closed = invitations.refuse()
    if closed is not None and not accepting.has_account(invitation):
        return _show_dead(closed)
    return _show(invitation, _form()(formdata=None))


@bp.post("/invitation")
@limited("20 per minute", "200 per hour")
def answer_invitation() -> Page:
    """Accept: make the account and sign in, or give the groups to the account that is there; whose address has a home is led there."""
    invitation = lookup.find_link(_token())
    if isinstance(invitation, Refused):
        return _show_dead(invitation)
    if accepting.has_account(invitation):
        return _answer_known()
    home = buttons.lead_home(invitation.email, None)
    if home is not None:
        return home
    form = _form()()
    if not form.validate_on_submit():
        return _show(invitation, form)
    made = accepting.sign_up(_token(), form.application(), source=source())
    if isinstance(made, Account):
        leave = login.arrive(made, ["pwd"], None)
        flash(_("Welcome. Your account is made, and your e-mail address is confirmed."), "success")
        return leave
    if made[0].reason is Reason.EMAIL_TAKEN:
        return go(request.full_path)
    if made[0].reason in DEAD:
        return _show_dead(made[0])
    form.refuse(*made)
    return _show(invitation, form)


def _answer_known() -> Page:
    accepted = accepting.accept(_token())
    if isinstance(accepted, Refused):
        return _show_dead(accepted)
    flash(_("The invitation is accepted."), "success")
    return go("/account/groups")


def _form() -> type[InvitationForm]:
    return asking.build(InvitationForm, attributes.asked())


def _token() -> str:
    return request.args.get("token", "")


def _show(invitation: Invitation, form: InvitationForm) -> Page:
    """Show the page as it is for the address: for a new account, for one that is there, or for people of a provider of their own."""
    has_account = accepting.has_account(invitation)
    home = homes.find(invitation.email) if not has_account else None
    needs_form = not has_account and home is None
    if home is not None:
        buttons.let_lead()
    return show(
        "signin/invitation.html",
        form if needs_form else PlainForm(formdata=None),
        email=invitation.email,
        has_account=has_account,
        home=home,
    )


def _show_dead(refused: Refused) -> Page:
    hint = _("Ask whoever invited you for another invitation. If you have an account already, sign in.")
    status = 403 if refused.reason is Reason.SIGN_UP_CLOSED else 400
    ways = [("/signin", _("Sign in"))]
    return show_error(_("This invitation does not work"), phrase(refused), status, hint=hint, ways=ways)
