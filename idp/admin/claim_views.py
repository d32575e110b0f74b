"""Pages: which claims go with a client (/admin/clients/<client_id>/claims) and with a scope (/admin/scopes). Rules: `clients.mapping`."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, flash, request
from flask_babel import gettext as _

from idp.admin import claim_fields, questions
from idp.admin.claim_fields import MapperForm
from idp.admin.clients import crumbs as client_crumbs
from idp.admin.clients import find
from idp.admin.clients import path as client_path
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base.http import limited
from idp.clients.mapping import Mapper, rules, service
from idp.clients.mapping.service import LONGEST_SCOPE
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("claims", __name__)
OF_SCOPE = "/scopes/claims"


@bp.get("/clients/<client_id>/claims")
@administers("clients.read")
def show_of_client(client_id: str) -> Page:
    """Show the claims of a client, and the form for one more; `?claim=` fills it with one that is there."""
    client = find(client_id)
    mappers = service.of_client(client)
    return _show(_filled(mappers), mappers, client.client_name, f"{client_path(client)}/claims", client_crumbs(client))


@bp.post("/clients/<client_id>/claims")
@limited("60 per minute")
@administers("clients.write")
def answer_of_client(client_id: str) -> Page:
    """Tell a client one more claim, or another in the place of one."""
    client, form = find(client_id, for_change=True), MapperForm()
    mappers, here = service.of_client(client), f"{client_path(client)}/claims"
    if form.validate_on_submit():
        refused = service.put_client(client, rules.including(mappers, form.read()), actor=actor())
        if refused is None:
            return _saved(here)
        form.show_refusal(refused)
    return _show(form, mappers, client.client_name, here, client_crumbs(client))


@bp.get("/clients/<client_id>/claims/remove")
@administers("clients.write")
def ask_of_client(client_id: str) -> Page:
    """Ask before a client is told a claim no more."""
    client, claim = find(client_id), _claim()
    here = f"{client_path(client)}/claims"
    question = questions.about_claim(claim, client.client_name)
    return show("confirm.html", question=question, cancel=here, crumbs=client_crumbs(client))


@bp.post("/clients/<client_id>/claims/remove")
@limited("60 per minute")
@administers("clients.write")
def remove_of_client(client_id: str) -> Page:
    """Tell a client a claim no more; one that is gone already stays so."""
    client = find(client_id, for_change=True)
    service.put_client(client, rules.excluding(service.of_client(client), _claim()), actor=actor())
    return _saved(f"{client_path(client)}/claims")


@bp.get("/scopes")
@administers("clients.read")
def show_scopes() -> Page:
    """List the scopes of the server, and those that have claims of their own."""
    rows = [(scope, _scope_path(scope), mappers) for scope, mappers in service.list_scopes().items()]
    return show("scopes.html", rows=rows, say=claim_fields.say)


@bp.get(OF_SCOPE)
@administers("clients.read")
def show_of_scope() -> Page:
    """Show the claims of a scope, of the server or of apps."""
    scope = _scope()
    if not scope:
        return go("/admin/scopes")
    mappers = service.find_scope(scope)
    return _show(_filled(mappers), mappers, scope, _scope_path(scope), _scope_crumbs())


@bp.post(OF_SCOPE)
@limited("60 per minute")
@administers("clients.write")
def answer_of_scope() -> Page:
    """Have a scope tell one more claim, or another in the place of one."""
    scope, form = _scope(), MapperForm()
    if form.validate_on_submit():
        mapper = form.read()
        refused = service.change_scope(scope, lambda present: rules.including(present, mapper), actor=actor())
        if refused is None:
            return _saved(_scope_path(scope))
        form.show_refusal(refused)
    return _show(form, service.find_scope(scope), scope, _scope_path(scope), _scope_crumbs())


@bp.get(f"{OF_SCOPE}/remove")
@administers("clients.write")
def ask_of_scope() -> Page:
    """Ask before a scope tells a claim no more."""
    scope = _scope()
    question = questions.about_claim(_claim(), _("Whoever is granted the scope %(scope)s", scope=scope))
    return show("confirm.html", question=question, cancel=_scope_path(scope), crumbs=_scope_crumbs())


@bp.post(f"{OF_SCOPE}/remove")
@limited("60 per minute")
@administers("clients.write")
def remove_of_scope() -> Page:
    """Have a scope tell a claim no more; one that is gone already stays so."""
    scope, claim = _scope(), _claim()
    refused = service.change_scope(scope, lambda present: rules.excluding(present, claim), actor=actor())
    return _saved(_scope_path(scope)) if refused is None else go("/admin/scopes")


def _claim() -> str:
    return request.args.get("claim", "")[: rules.LONGEST_CLAIM]


def _scope() -> str:
    return request.args.get("scope", "").strip()[: LONGEST_SCOPE + 1]


def _scope_path(scope: str) -> str:
    return f"/admin{OF_SCOPE}?{urlencode({'scope': scope})}"


def _scope_crumbs() -> list[tuple[str, str]]:
    return [("/admin/scopes", _("Scopes"))]


def _saved(path: str) -> Page:
    flash(_("The claims are saved. They count from the next token on."), "success")
    return go(path)


def _filled(mappers: Sequence[Mapper]) -> MapperForm:
    form, claim = MapperForm(formdata=None), _claim()
    for mapper in mappers:
        if mapper.claim == claim:
            form.fill(mapper)
    return form


def _show(form: MapperForm, mappers: Sequence[Mapper], owner: str, here: str, crumbs: list[tuple[str, str]]) -> Page:
    path, _question, query = here.partition("?")
    rows = [(mapper, f"{path}?{_with(query, mapper)}", f"{path}/remove?{_with(query, mapper)}") for mapper in mappers]
    return show(
        "claims.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        form=form,
        rows=rows,
        owner=owner,
        here=here,
        say=claim_fields.say,
        say_places=claim_fields.say_places,
        crumbs=crumbs,
        has_errors=has_errors(form),
    )


def _with(query: str, mapper: Mapper) -> str:
    return "&".join(part for part in (query, urlencode({"claim": mapper.claim})) if part)
