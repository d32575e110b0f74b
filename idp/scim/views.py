"""The addresses of SCIM 2.0 under /scim/v2 (RFC 7644, section 3.2). A client proves itself with a bearer token; no cookie is read."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from idp.base import database
from idp.base.http import programs_only, unlimited
from idp.scim import bulk, discovery, group_telling, listing, people, projecting, teams, telling, versions
from idp.scim.admission import admit
from idp.scim.answering import answer, respond
from idp.scim.attributes import Kind
from idp.scim.problem import Problem
from idp.scim.projecting import Choice
from idp.scim.reading import read_body
from idp.scim.schema import GROUPS, USERS

bp = Blueprint("scim", __name__, url_prefix=telling.PATH)

WHY_NO_CSRF = "called by programs with a bearer token; no cookie is read"
WHY_NO_LIMIT = "a token of a registered client is needed, and a directory sends thousands of requests at its first run"


def _programs(view: Any) -> Any:
    return unlimited(WHY_NO_LIMIT)(programs_only(WHY_NO_CSRF)(view))


@bp.get("/Users")
def list_users() -> Response:
    """Find people."""
    return _list(USERS)


@bp.get("/Groups")
def list_groups() -> Response:
    """Find groups."""
    return _list(GROUPS)


@bp.post("/Users/.search")
@_programs
def search_users() -> Response:
    """Find people by what a body asks for (section 3.4.3)."""
    return _search([USERS])


@bp.post("/Groups/.search")
@_programs
def search_groups() -> Response:
    """Find groups by what a body asks for."""
    return _search([GROUPS])


@bp.post("/.search")
@_programs
def search_all() -> Response:
    """Find people, and groups after them."""
    return _search([USERS, GROUPS])


@bp.post("/Users")
@_programs
def create_user() -> Response:
    """Make an account."""
    acting, choice = admit(), _choice(USERS)
    return _tell_user(people.create(acting, read_body()), choice, HTTPStatus.CREATED)


@bp.get("/Users/<identifier>")
def show_user(identifier: str) -> Response:
    """Tell a person."""
    acting, choice = admit(), _choice(USERS)
    return _tell_user(telling.know(people.find(identifier), acting.client_id), choice)


@bp.put("/Users/<identifier>")
@_programs
def replace_user(identifier: str) -> Response:
    """Replace what is said of a person."""
    acting, choice = admit(), _choice(USERS)
    change = people.replace(read_body())
    return _tell_user(people.change(acting, identifier, change, if_match=_if_match()), choice)


@bp.patch("/Users/<identifier>")
@_programs
def patch_user(identifier: str) -> Response:
    """Change some of what is said of a person."""
    acting, choice = admit(), _choice(USERS)
    change = people.patch(read_body())
    return _tell_user(people.change(acting, identifier, change, if_match=_if_match()), choice)


@bp.delete("/Users/<identifier>")
@_programs
def delete_user(identifier: str) -> Response:
    """Erase an account."""
    people.erase(admit(), identifier, if_match=_if_match())
    return respond(None, HTTPStatus.NO_CONTENT)


@bp.post("/Groups")
@_programs
def create_group() -> Response:
    """Make a group."""
    acting, choice = admit(), _choice(GROUPS)
    return _tell_group(teams.create(acting, read_body()), choice, HTTPStatus.CREATED)


@bp.get("/Groups/<identifier>")
def show_group(identifier: str) -> Response:
    """Tell a group."""
    acting, choice = admit(), _choice(GROUPS)
    return _tell_group(group_telling.know(teams.find(identifier), acting.client_id), choice)


@bp.put("/Groups/<identifier>")
@_programs
def replace_group(identifier: str) -> Response:
    """Replace what is said of a group, and its members."""
    acting, choice = admit(), _choice(GROUPS)
    return _tell_group(teams.replace(acting, identifier, read_body(), if_match=_if_match()), choice)


@bp.patch("/Groups/<identifier>")
@_programs
def patch_group(identifier: str) -> Response:
    """Change some of what is said of a group; it is told only where attributes are asked for, since it may be large (section 3.5.2)."""
    acting, choice = admit(), _choice(GROUPS)
    known = teams.patch(acting, identifier, read_body(), if_match=_if_match())
    if choice == projecting.ALL:
        return respond(None, HTTPStatus.NO_CONTENT, version=known.version)
    return _tell_group(known, choice)


@bp.delete("/Groups/<identifier>")
@_programs
def delete_group(identifier: str) -> Response:
    """Delete a group."""
    teams.remove(admit(), identifier, if_match=_if_match())
    return respond(None, HTTPStatus.NO_CONTENT)


@bp.post("/Bulk")
@_programs
def do_many() -> Response:
    """Do several requests."""
    acting = admit()
    return respond(bulk.run(read_body(), lambda asked: answer(acting, asked)))


@bp.route("/Me", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@_programs
def show_me() -> Response:
    """Say that there is nobody behind a token of a client (section 3.11)."""
    raise Problem(HTTPStatus.NOT_IMPLEMENTED, "A token of a client stands for nobody.")


@bp.get("/ServiceProviderConfig")
def show_config() -> Response:
    """Tell what this server can (RFC 7643, section 5)."""
    return _discover(discovery.config())


@bp.get("/ResourceTypes")
def list_resource_types() -> Response:
    """Tell the kinds of resources (RFC 7643, section 6)."""
    return _discover(discovery.listed(discovery.resource_types()))


@bp.get("/ResourceTypes/<identifier>")
def show_resource_type(identifier: str) -> Response:
    """Tell one of them."""
    return _discover(discovery.pick(discovery.resource_types(), "ResourceType", identifier))


@bp.get("/Schemas")
def list_schemas() -> Response:
    """Tell the schemas (RFC 7643, section 7)."""
    return _discover(discovery.listed(discovery.schemas()))


@bp.get("/Schemas/<identifier>")
def show_schema(identifier: str) -> Response:
    """Tell one of them."""
    return _discover(discovery.pick(discovery.schemas(), "Schema", identifier))


def _list(kind: Kind) -> Response:
    acting = admit()
    return respond(listing.search([kind], listing.read([kind], request.args), acting))


def _search(kinds: list[Kind]) -> Response:
    database.writing.set(False)
    acting = admit()
    return respond(listing.search(kinds, listing.read(kinds, read_body()), acting))


def _discover(document: Mapping[str, Any]) -> Response:
    if "filter" in request.args:  # section 4
        raise Problem(HTTPStatus.FORBIDDEN, "What this server can is not filtered.")
    return respond(document)


def _tell_user(known: telling.Known, choice: Choice, status: int = HTTPStatus.OK) -> Response:
    (document,) = telling.tell([known])
    return _tell(document, choice, status)


def _tell_group(known: group_telling.Known, choice: Choice, status: int = HTTPStatus.OK) -> Response:
    (document,) = group_telling.tell([known], with_members=choice.shows("members"))
    return _tell(document, choice, status)


def _tell(document: dict[str, Any], choice: Choice, status: int) -> Response:
    """Return a resource, or that whoever asks has it already (section 3.14)."""
    meta = document["meta"]
    if request.method in {"GET", "HEAD"} and versions.is_known(request.headers.get("If-None-Match"), meta["version"]):
        return respond(None, HTTPStatus.NOT_MODIFIED, version=meta["version"])
    place = meta["location"] if status == HTTPStatus.CREATED else None
    return respond(choice.cut(document), status, version=meta["version"], place=place)


def _choice(kind: Kind) -> Choice:
    return projecting.read([kind], request.args.get("attributes"), request.args.get("excludedAttributes"))


def _if_match() -> str | None:
    return request.headers.get("If-Match")
