"""Page: /complete-profile, where whoever is signed in fills in what is required of everybody and they lack, before anything else."""

from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, abort, flash
from flask_babel import gettext as _

from idp.accounts import filling, lacking
from idp.accounts.filling import Filled
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.base.http import limited, source
from idp.signin import asking, login
from idp.signin.forms import AskingForm
from idp.signin.pages import Page, go, next_path, show

bp = Blueprint("completing", __name__)
PATH = "/complete-profile"


@bp.get(PATH)
@login.completing
def show_missing() -> Page:
    """Show the fields that are missing; whoever lacks none goes on to where they came from."""
    account = _account()
    if not lacking.is_anything(account):
        return go(next_path() or "/account")
    return _show(_form_of(account)(formdata=None))


@bp.post(PATH)
@limited("30 per minute")
@login.completing
def answer_missing() -> Page:
    """Take what was filled in, all of it or nothing, and go on."""
    account, target = _account(), next_path()
    if not lacking.is_anything(account):
        return go(target or "/account")
    form = _form_of(account)()
    if not form.validate_on_submit():
        return _show(form)
    refusals = filling.fill(account, _read(form, account), source=source())
    if refusals:
        form.refuse(*refusals)
        return _show(form)
    flash(_("Thank you. Your profile is complete."), "success")
    return go(target or "/account")


def _account() -> Account:
    present = login.current()
    if present is None:
        abort(HTTPStatus.FORBIDDEN)
    return present.account


def _form_of(account: Account) -> type[AskingForm]:
    return asking.build(AskingForm, lacking.of(account), account)


def _read(form: AskingForm, account: Account) -> Filled:
    profile = Profile(account.given_name, account.family_name, account.username, account.picture)
    own = {one.name: form.text(one.name).strip() for one in form.definitions if one.name in lacking.OF_ACCOUNT}
    return Filled(replace(profile, **own) if own else None, form.claims(), form.attributes())


def _show(form: AskingForm) -> Page:
    return show("signin/complete_profile.html", form, target=next_path())
