"""Pages: the signing keys under /admin/keys, and their rotation."""

from http import HTTPStatus

from flask import Blueprint, flash, request
from flask_babel import gettext as _
from sqlalchemy import select

from idp import keys
from idp.admin import paging, tickets
from idp.admin.forms import RotationForm
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base import clock
from idp.base.extensions import settings
from idp.base.http import limited
from idp.keys import Pair, SigningKey
from idp.lifetimes import LIFETIMES
from idp.signin.pages import Page, go

bp = Blueprint("keys", __name__)


@bp.get("/keys")
@administers("system.read")
def show_keys() -> Page:
    """Show the signing keys, and when their age asks for a rotation."""
    query = select(SigningKey).order_by(SigningKey.algorithm, SigningKey.created_at.desc())
    return show(
        "keys.html",
        rows=paging.take(query),
        states=_states(),
        offered=keys.offered(),
        now=clock.now(),
        days=LIFETIMES.signing_key.days,
        due=min((pair.due_at for pair in keys.pairs().values()), default=None),
        jwks_url=f"{settings().issuer}/.well-known/jwks.json",
    )


@bp.get("/keys/rotate")
@administers("system.write")
def show_rotation() -> Page:
    """Ask before rotating, of which algorithms, and say how long the next keys have been published."""
    return _show_rotation(RotationForm(formdata=None))


def _show_rotation(form: RotationForm) -> Page:
    seen = keys.pairs()
    published = max((pair.next.created_at for pair in seen.values()), default=None)
    return show(
        "keys_rotate.html",
        form=form,
        status=HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK,
        published=published,
        is_early=published is not None and clock.now() - published < keys.PUBLISHED_FIRST,
        ticket=tickets.of_state(_state(seen)),
        crumbs=[("/admin/keys", _("Keys"))],
    )


@bp.post("/keys/rotate")
@limited("10 per minute")
@administers("system.write")
def answer_rotation() -> Page:
    """Rotate the chosen keys that the form was shown for; sent twice, or beside another rotation, it changes nothing more."""
    form = RotationForm()
    if not form.validate_on_submit():
        return _show_rotation(form)
    seen = keys.pairs()
    chosen = {name: pair for name, pair in seen.items() if name in (form.algorithms.data or [])}
    if tickets.is_of_state(request.form.get("ticket"), _state(seen)) and keys.rotate(actor=actor(), seen=chosen):
        flash(_("The keys are rotated: the next ones sign now, and new next ones are published."), "success")
    else:
        flash(_("The keys were rotated already since that page was opened. Nothing was changed."), "info")
    return go("/admin/keys")


def _state(seen: dict[str, Pair]) -> str:
    return " ".join(pair.current.kid for pair in seen.values())


def _states() -> dict[str, tuple[str, str]]:
    return {"next": (_("Next"), "info"), "current": (_("Signs now"), "good"), "retired": (_("Retired"), "neutral")}
