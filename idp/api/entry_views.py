"""The addresses of what the configuration file has, too: /api/v1/clients, groups and so on."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from idp.api import entries
from idp.api.admission import admit
from idp.api.answering import PATH, page, programs, read_body, read_limit, respond
from idp.api.entries import READ, SECTIONS, WRITE, Asked

bp = Blueprint("api_entries", __name__, url_prefix=PATH)
NAMES = tuple(SECTIONS)
ENTRY = f"/<any{NAMES}:section>/<path:name>"  # a name may be a URI, whose slashes stay as they are


@bp.get(f"/<any{NAMES}:section>")
def list_entries(section: str) -> Response:
    """List what is there, by name."""
    admit(READ[section])
    found, after = entries.list_from(SECTIONS[section], request.args.get("after", ""), read_limit())
    return respond(page([state.told for state in found], after))


@bp.get(ENTRY, merge_slashes=False)
def show_entry(section: str, name: str) -> Response:
    """Tell one, with its version."""
    admit(READ[section])
    state = entries.find(SECTIONS[section], _key(section, name))
    return respond(state.told, ETag=entries.version_of(state))


@bp.put(ENTRY, merge_slashes=False)
@programs
def put_entry(section: str, name: str) -> Response:
    """Bring one to where the body says: what it does not say is at its default, as in the file."""
    brought = entries.bring(SECTIONS[section], _key(section, name), read_body(), _asked(section))
    told = brought.state.told | ({"client_secret": brought.secret} if brought.secret is not None else {})
    return respond(
        told, HTTPStatus.CREATED if brought.is_new else HTTPStatus.OK, ETag=entries.version_of(brought.state)
    )


@bp.delete(ENTRY, merge_slashes=False)
@programs
def delete_entry(section: str, name: str) -> Response:
    """Delete one, with `yes=true` what hangs on it, too."""
    entries.remove(SECTIONS[section], _key(section, name), _asked(section))
    return respond(None, HTTPStatus.NO_CONTENT)


def _key(section: str, name: str) -> str:
    return entries.key_of(SECTIONS[section], name, request.args.get("client_id"))


def _asked(section: str) -> Asked:
    flags = {name: request.args.get(name) == "true" for name in ("yes", "dry_run")}
    return Asked(admit(WRITE[section]), request.headers.get("If-Match"), flags["yes"], flags["dry_run"])
