"""Pages: /admin/providers, the upstream providers by which people sign in: to set up, try, change, disable and delete.

What happens is decided by `federation.catalogue`; a secret is never shown.
"""

from http import HTTPStatus

from flask import Blueprint, abort, flash, request
from flask_babel import gettext as _
from flask_babel import ngettext

from idp.admin import paging, questions
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.admin.provider_forms import DeletionForm, ProviderForm
from idp.base.http import limited
from idp.base.outcome import Refused
from idp.federation import built, catalogue, icons, service
from idp.federation.catalogue import Extras
from idp.federation.definition import KINDS, OPENID
from idp.federation.models import UpstreamProvider
from idp.signin.forms import PlainForm
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("providers", __name__, url_prefix="/providers")
LIST = "/admin/providers"


@bp.get("")
@administers("providers.read")
def show_providers() -> Page:
    """List them, in the order of the sign-in page; those of the settings are named beside."""
    of_settings = [provider for provider in built.TABLE if provider.is_configured]
    return show("providers.html", rows=paging.take(catalogue.search()), of_settings=of_settings)


@bp.get("/new")
@administers("providers.write")
def show_new() -> Page:
    """Show the form for a new provider; `?kind=` chooses its kind."""
    form = ProviderForm(formdata=None)
    form.begin(_kind())
    return _show_new(form)


@bp.post("/new")
@limited("60 per minute")
@administers("providers.write")
def answer_new() -> Page:
    """Set a provider up."""
    form = ProviderForm()
    is_good, extras = form.validate_on_submit(), _read_extras(form)
    if not is_good or extras is None:
        return _show_new(form)
    made = catalogue.create(form.definition(_kind()), extras, actor=actor())
    if isinstance(made, list):
        form.show_refusals(made)
        return _show_new(form)
    flash(_("%(name)s is set up. Register the redirect URI there, then try it.", name=made.display_name), "success")
    return go(path(made))


@bp.get("/<key>")
@administers("providers.read")
def show_provider(key: str) -> Page:
    """Show a provider, with its settings to change."""
    row, form = find(key), ProviderForm(formdata=None)
    form.fill(row)
    return _show_provider(row, form)


@bp.post("/<key>")
@limited("60 per minute")
@administers("providers.write")
def answer_provider(key: str) -> Page:
    """Change a provider's settings, unless somebody else has changed them since the form was opened: then the two are compared."""
    form = ProviderForm()
    is_good, extras = form.validate_on_submit(), _read_extras(form)
    row = find(key, for_change=True)
    if form.text("version") != str(row.version):
        form.version.data = str(row.version)
        form.form_errors.append(
            _("Somebody else has changed this provider since you opened the form. Compare, then save again.")
        )
        return _show_provider(row, form, differences=form.differences(row, row.kind))
    if not is_good or extras is None:
        return _show_provider(row, form)
    changed = catalogue.change(row, form.definition(row.kind, row.key), extras, actor=actor())
    if isinstance(changed, list):
        form.show_refusals(changed)
        return _show_provider(row, form)
    flash(_("The settings are saved."), "success")
    return go(path(row))


@bp.post("/<key>/try")
@limited("20 per minute")
@administers("providers.write")
def answer_trial(key: str) -> Page:
    """Do what a sign-in would do, and show each step."""
    from idp.federation import trial  # with the library of the requests

    row = find(key)
    crumbs = _crumbs(row)
    steps = trial.run(row)
    return show("provider_trial.html", provider=row, steps=steps, crumbs=crumbs, redirect_uri=service.callback_of(key))


@bp.get("/<key>/<any(disable, enable):verb>")
@administers("providers.write")
def ask(key: str, verb: str) -> Page:
    """Ask before a provider is disabled or enabled."""
    row = find(key)
    stranded = catalogue.list_stranded(catalogue.to_definition(row)) if verb == "enable" else []
    question = questions.about_provider(verb, row, stranded)
    return show("confirm.html", question=question, cancel=path(row), crumbs=_crumbs(row))


@bp.post("/<key>/disable")
@limited("60 per minute")
@administers("providers.write")
def disable(key: str) -> Page:
    """Disable a provider."""
    row = find(key, for_change=True)
    catalogue.set_disabled(row, True, actor=actor())
    flash(_("The provider is disabled: nobody signs in by it."), "success")
    return go(path(row))


@bp.post("/<key>/enable")
@limited("60 per minute")
@administers("providers.write")
def enable(key: str) -> Page:
    """Enable a provider again; the question before has named whom that could lock out."""
    row = find(key, for_change=True)
    accepted = Extras(accepted=frozenset({catalogue.LOCKOUT}))
    refusals = catalogue.set_disabled(row, False, accepted, actor=actor())
    if refusals:
        flash(refusals[0].detail or "", "error")
    else:
        flash(_("The provider is enabled."), "success")
    return go(path(row))


@bp.get("/<key>/delete")
@administers("providers.write")
def show_delete(key: str) -> Page:
    """Ask before a provider is deleted, and tell what goes with it."""
    return _show_delete(find(key), DeletionForm(formdata=None))


@bp.post("/<key>/delete")
@limited("60 per minute")
@administers("providers.write")
def answer_delete(key: str) -> Page:
    """Delete a provider."""
    row, form = find(key, for_change=True), DeletionForm()
    accepted = frozenset({catalogue.IDENTITIES}) if form.with_identities.data else frozenset()
    removed = catalogue.remove(row, Extras(accepted=accepted), actor=actor())
    if isinstance(removed, Refused):
        form.with_identities.errors = [removed.detail or ""]
        return _show_delete(row, form)
    went = ngettext("%(num)s identity went with it.", "%(num)s identities went with it.", removed)
    flash(_("The provider %(name)s is deleted.", name=row.display_name) + " " + went, "success")
    return go(LIST)


def find(key: str, *, for_change: bool = False) -> UpstreamProvider:
    """Return a provider as it is, locked where it is going to be changed; 404 where there is none."""
    return catalogue.get(key, for_change=for_change) or abort(HTTPStatus.NOT_FOUND)


def path(row: UpstreamProvider) -> str:
    """Return the address of a provider's page."""
    return f"{LIST}/{row.key}"


def _kind() -> str:
    kind = request.args.get("kind", OPENID)
    return kind if kind in KINDS else OPENID


def _read_extras(form: ProviderForm) -> Extras | None:
    """Return what comes with a provider, its icon fetched where it was given by address; None where that did not work."""
    content, source = None, form.text("icon_source")
    if form.text("icon") == icons.OWN and source.strip():
        found = icons.read(source)
        if isinstance(found, Refused):
            form.show_refusals([Refused(found.reason, "icon_source", detail=found.detail)])
            return None
        content = found
    return Extras(form.text("client_secret") or None, content, form.accepted())


def _show_new(form: ProviderForm) -> Page:
    kind = _kind()
    pattern = service.callback_of(form.text("key").strip() or "<key>")
    values = {"kind": kind, "form": form, "redirect_uri": pattern, "crumbs": _crumbs()}
    return show("provider_new.html", status=_status(form), has_errors=has_errors(form), **values)


def _show_provider(
    row: UpstreamProvider, form: ProviderForm, differences: list[tuple[str, str, str]] | None = None
) -> Page:
    return show(
        "provider.html",
        status=_status(form),
        form=form,
        provider=row,
        kind=row.kind,
        differences=differences or [],
        identities=catalogue.count_identities(row.key),
        redirect_uri=service.callback_of(row.key),
        trying=PlainForm(formdata=None),
        crumbs=_crumbs(),
        has_errors=has_errors(form),
    )


def _show_delete(row: UpstreamProvider, form: DeletionForm) -> Page:
    count = catalogue.count_identities(row.key)
    values = {"provider": row, "identities": count, "form": form, "crumbs": _crumbs(row)}
    status = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    return show("provider_delete.html", status=status, has_errors=has_errors(form), **values)


def _status(form: ProviderForm) -> int:
    return HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK


def _crumbs(row: UpstreamProvider | None = None) -> list[tuple[str, str]]:
    own = [(path(row), row.display_name)] if row else []
    return [(LIST, _("Providers")), *own]
