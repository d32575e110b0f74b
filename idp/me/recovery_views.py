"""Pages: /account/security/recovery-codes. New codes are shown until they are saved, and then never again."""

from flask import Blueprint, flash
from flask_babel import gettext as _

from idp.base.extensions import settings
from idp.base.http import limited, source
from idp.factors import recovery_codes
from idp.factors import service as factors
from idp.me import enrolment
from idp.me.forms import SavedForm
from idp.me.navigation import person, show
from idp.signin.forms import EntranceForm, PlainForm
from idp.signin.login import enrolling, fresh_enrolling
from idp.signin.pages import Page, go

bp = Blueprint("recovery_codes", __name__, url_prefix=enrolment.CODES)


@bp.get("")
@fresh_enrolling
def show_codes() -> Page:
    """Show the new codes once; later, how many are left."""
    if not person().account.has_second_factor:
        return go(enrolment.OVERVIEW)
    if codes := enrolment.kept_codes():
        return _show_new(SavedForm(formdata=None), codes)
    left = recovery_codes.count_left(person().account.id)
    return show("recovery_codes.html", PlainForm(formdata=None), left=left, count=recovery_codes.COUNT)


@bp.post("")
@limited("10 per minute")
@fresh_enrolling
def renew() -> Page:
    """Make new codes in place of all earlier ones."""
    account = person().account
    if not account.has_second_factor:
        return go(enrolment.OVERVIEW)
    enrolment.keep_codes(factors.renew_codes(account, source=source()))
    enrolment.note_change()
    return go(enrolment.CODES)


@bp.post("/saved")
@limited("30 per minute")
@enrolling
def answer_saved() -> Page:
    """Wipe the codes once their owner has them, and go on."""
    form = SavedForm()
    codes = enrolment.kept_codes()
    if codes and not form.validate_on_submit():
        return _show_new(form, codes)
    enrolment.forget_codes()
    if codes:
        flash(_("Your recovery codes are ready. Each one works once."), "success")
    return enrolment.go_on()


def _show_new(form: EntranceForm, codes: list[str]) -> Page:
    return show("recovery_codes_new.html", form, codes=codes, issuer=settings().issuer, target=enrolment.waiting())
