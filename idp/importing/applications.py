"""Registering the clients of an export, through the one door of `clients.metadata`: what it refuses is told by member and sentence."""

from dataclasses import fields
from typing import Any

from idp.base.database import session
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.clients import service
from idp.clients.metadata import SCOPES, Metadata, grant_types, uris
from idp.importing import known
from idp.importing.entries import Application
from idp.importing.report import CAME, KNOWN, NOT_COME, Line
from idp.importing.seen import Seen, is_known, note_known
from idp.importing.terms import Terms

MEMBERS = frozenset(field.name for field in fields(Metadata))
NO_SECRET = "It is not in the export. Make one: idp client renew-secret {}"
PATTERN = "{} is a pattern, and this server compares whole addresses; name each one."


def bring(application: Application, terms: Terms, seen: Seen | None = None) -> Line:
    """Register a client, in the caller's transaction, and return its line."""
    client_id = application.foreign_id
    key = known.client_key(terms.source, client_id)
    if is_known(key, seen):
        return Line("client", application.at, client_id, KNOWN)
    without = dict(application.lost)
    metadata = Metadata(**_read(application.members, without))
    secret = application.secret if metadata.has_secret else None
    nested = session().begin_nested()
    registered = service.register(metadata, client_id=client_id, secret=secret, actor=terms.actor)
    if isinstance(registered, Refused):
        nested.rollback()
        why = registered.detail or phrase(registered)
        more = {"member": registered.field} if registered.field else {}
        return Line("client", application.at, client_id, NOT_COME, why, without, more)
    row, made = registered
    if application.disabled:
        service.set_disabled(row, True, actor=terms.actor)
    nested.commit()
    note_known(key, seen)
    if made is not None and secret is None:
        without["client_secret"] = NO_SECRET.format(client_id)
    return Line("client", application.at, client_id, CAME, None, without, {"client_name": metadata.client_name})


def _read(told: Any, without: dict[str, str]) -> dict[str, Any]:
    """Return the members that may stand here; single values of lists that may not are left behind, and told."""
    members = {name: value for name, value in told.items() if name in MEMBERS and value not in (None, "")}
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        kept = []
        for uri in dict.fromkeys(members.get(name, [])):
            problem = (name, PATTERN.format(uri[:100])) if "*" in uri else uris.check_redirect_uri(name, uri)
            if problem is None:
                kept.append(uri)
            else:
                without[name] = f"{without[name]} {problem[1]}" if name in without else problem[1]
        members[name] = kept
    grants = dict.fromkeys(members.get("grant_types", []))
    unknown = [grant for grant in grants if grant not in grant_types()]
    if unknown:
        without["grant_types"] = f"This server does not give: {', '.join(unknown)}."
    members["grant_types"] = [grant for grant in grants if grant in grant_types()]
    if "scope" in members:
        scopes = dict.fromkeys(members["scope"].split())
        strange = [scope for scope in scopes if scope not in SCOPES]
        if strange:
            without["scope"] = f"These scopes are not of this server: {', '.join(strange)}."
        members["scope"] = " ".join(scope for scope in scopes if scope in SCOPES)
    return members
