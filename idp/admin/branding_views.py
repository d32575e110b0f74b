"""Page: /admin/clients/<client_id>/branding, the logo and the accent colour that people see when a client sends them here.

Both are members of the registration, and may be changed on its form, too; here they are seen before they are saved.
"""

from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, Response, abort, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, URLField
from wtforms.validators import Optional

from idp.admin import editing, powers, tickets
from idp.admin.clients import crumbs, find, path
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base import accents
from idp.base.http import limited
from idp.base.outcome import Refused
from idp.clients import logos, service
from idp.clients.metadata import Metadata, check
from idp.clients.models import Client
from idp.signin.accent_views import url_of
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("branding", __name__, url_prefix="/clients")
MEMBERS = ("accent_color", "logo_uri")


class BrandingForm(EntranceForm):
    """What people see of a client."""

    accent_color = StringField(
        _l("Accent colour"),
        [Optional()],
        description=_l("Six hexadecimal digits after a #, such as #0b5a52. Text in it must be legible on the page."),
    )
    logo_uri = URLField(
        _l("Logo address"), [Optional()], description=_l("https, a PNG, JPEG or GIF of at most 200 kB.")
    )
    seen = HiddenField()

    def metadata(self, present: Metadata) -> Metadata:
        """Return the registration with what was typed."""
        colour, logo = (self.text(name).strip() or None for name in MEMBERS)
        return replace(present, accent_color=colour, logo_uri=logo)


@bp.get("/<client_id>/branding")
@administers("clients.write", or_owner=True)
def show_branding(client_id: str) -> Page:
    """Show what people see now, and the form to change it."""
    client = find(client_id)
    present = service.to_metadata(client)
    return _show(client, _form_of(present), present)


@bp.post("/<client_id>/branding")
@limited("60 per minute")
@administers("clients.write", or_owner=True)
def answer_branding(client_id: str) -> Page:
    """Show what was typed as people would see it, or save it where that is asked for."""
    client, form = find(client_id, for_change=True), BrandingForm()
    present = service.to_metadata(client)
    if not form.validate_on_submit():
        return _show(client, form, present)
    wanted = form.metadata(present)
    beyond = powers.check(wanted, present)
    refused = beyond if beyond is not None else check(wanted)
    if refused is not None:
        _refuse(form, refused)
        return _show(client, form, present)
    if request.form.get("act") != "save":
        return _show(client, form, wanted, is_tried=True)
    if editing.begun_with(form.seen.data) != _values(present):
        return _show(client, _form_of(wanted, seen=present), wanted, is_stale=True)
    changed = service.change(client, wanted, actor=actor())
    if isinstance(changed, Refused):
        _refuse(form, changed)
        return _show(client, form, present)
    flash(_("What people see of the app is saved."), "success")
    return go(path(client))


@bp.get("/<client_id>/branding/logo")
@limited("60 per minute", methods=("GET", "HEAD"))
@administers("clients.write", or_owner=True)
def show_typed_logo(client_id: str) -> Response:
    """Show a logo that was typed and is not saved: fetched for whoever typed it, by the ticket of its page, and kept nowhere."""
    uri = request.args.get("uri", "")[:2000]
    if not tickets.is_of_state(request.args.get("ticket"), f"logo {client_id} {uri}"):
        abort(HTTPStatus.NOT_FOUND)
    found = logos.fetch_picture(uri) or abort(HTTPStatus.NOT_FOUND)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response(found[0], mimetype=found[1], headers=headers)


def _form_of(metadata: Metadata, *, seen: Metadata | None = None) -> BrandingForm:
    form = BrandingForm(formdata=None)
    for name in MEMBERS:
        form[name].data = getattr(metadata, name) or ""
    form.seen.data = editing.begin(_values(seen or metadata))
    return form


def _values(metadata: Metadata) -> dict[str, str | None]:
    return {name: getattr(metadata, name) for name in MEMBERS}


def _refuse(form: BrandingForm, refused: Refused) -> None:
    if refused.field in MEMBERS:
        form[refused.field].errors = [refused.detail or ""]
    else:
        form.form_errors.append(refused.detail or "")


def _show(
    client: Client, form: BrandingForm, shown: Metadata, *, is_tried: bool = False, is_stale: bool = False
) -> Page:
    """Show the form above both schemes: of what was typed, once it is in order, else of what is saved."""
    colour, logo = shown.accent_color, shown.logo_uri
    is_saved = logo == client.logo_uri
    ticket = tickets.of_state(f"logo {client.client_id} {logo}") if logo and not is_saved else ""
    if is_stale:
        form.form_errors.append(
            _("Somebody else has changed this since you opened the form. Look at it, then save again.")
        )
    return show(
        "client_branding.html",
        status=HTTPStatus.CONFLICT if is_stale else HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        client=client,
        form=form,
        shown=shown,
        is_tried=is_tried,
        accent_url=url_of(colour),
        logo_is_saved=is_saved,
        ticket=ticket,
        ratios=_ratios(colour) if colour else [],
        cancel=path(client),
        crumbs=crumbs(client),
        has_errors=has_errors(form),
    )


def _ratios(colour: str) -> list[tuple[str, str, str]]:
    """Return for each scheme the colour that is shown, and its least contrast with the page."""
    schemes = ((_("Light page"), accents.LIGHT), (_("Dark page"), accents.DARK))
    found = [(title, accents.shades(colour, grounds).accent, grounds) for title, grounds in schemes]
    return [(title, accent, f"{accents.lowest(accent, grounds):.1f}") for title, accent, grounds in found]
