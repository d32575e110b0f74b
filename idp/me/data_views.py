"""Pages: /account/data (what is held, and its download), /account/delete, and /account/keep (the mailed way back)."""

from flask import Blueprint, Response, flash, request
from flask_babel import format_date
from flask_babel import gettext as _

from idp.accounts import erasure
from idp.base import clock
from idp.base.http import limited, show_error, source
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.lifetimes import LIFETIMES
from idp.me import export
from idp.me.forms import DeleteForm
from idp.me.navigation import person, show
from idp.signin import login, pages
from idp.signin.forms import PlainForm
from idp.signin.login import fresh_leaving, leaving
from idp.signin.pages import Page, go

bp = Blueprint("own_data", __name__, url_prefix="/account")


@bp.get("/data")
@leaving
def show_data() -> Page:
    """Say in plain words what is held."""
    return show("data.html", PlainForm(formdata=None))


@bp.post("/data/download")
@limited("10 per minute", "60 per hour")
@fresh_leaving
def download() -> Page:
    """Answer everything held about the person as one JSON file."""
    document = export.make(person().account, source=source())
    name = f"account-data-{clock.now().date().isoformat()}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(document, mimetype="application/json", headers=headers)


@bp.get("/delete")
@fresh_leaving
def show_delete() -> Page:
    """Say what deletion means and ask."""
    return _show_delete(DeleteForm(formdata=None))


@bp.post("/delete")
@limited("10 per minute")
@fresh_leaving
def answer_delete() -> Page:
    """Close the account; it is erased in fourteen days, or at once where nobody has proved its address."""
    form = DeleteForm()
    if not form.validate_on_submit():
        return _show_delete(form)
    account = person().account
    email = account.email
    refused = erasure.schedule(account, source=source())
    if refused is not None:
        form.refuse(refused)
        return _show_delete(form)
    login.leave()
    said = _("Your account is deleted.")
    if account.erase_at is not None:
        day = format_date(account.erase_at, "d MMMM yyyy")
        said = _(
            "Your account is closed and will be erased on %(day)s. Until then the link that we sent to %(email)s keeps it.",
            day=day,
            email=email,
        )
    flash(said, "success")
    return go("/signed-out")


@bp.get("/keep")
def show_keep() -> Page:
    """Show the button behind the mailed link; opening the link alone changes nothing."""
    email = erasure.find_kept(request.args.get("token", ""))
    if isinstance(email, Refused):
        return _show_dead_link(email)
    return pages.show("me/keep.html", PlainForm(formdata=None), email=email)


@bp.post("/keep")
@limited("30 per minute")
def answer_keep() -> Page:
    """Open the account again."""
    account = erasure.keep(request.args.get("token", ""), source=source())
    if isinstance(account, Refused):
        return _show_dead_link(account)
    flash(
        _("Your account is kept. Sign in. If it was not you who closed it, reset your password first."),
        "success",
    )
    return go("/signin")


def _show_delete(form: DeleteForm) -> Page:
    return show("delete.html", form, days=LIFETIMES.erasure_delay.days, at_once=not person().account.is_verified)


def _show_dead_link(refused: Refused) -> Page:
    hint = _("If your account is closed and you want to keep it, ask your administrator.")
    return show_error(_("This link does not work"), phrase(refused), 400, hint=hint, ways=[("/signin", _("Sign in"))])
