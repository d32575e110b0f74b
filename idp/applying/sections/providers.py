"""Upstream providers as a file has them: their definition, the secret and the icon by reference, and whether they are disabled."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from idp.applying import members
from idp.applying.form import Entry
from idp.applying.states import YES, State, Terms, refuse, without
from idp.base import crypto
from idp.base.database import session
from idp.base.outcome import Refused
from idp.federation import belonging, catalogue, icons
from idp.federation.catalogue import IDENTITIES, Extras
from idp.federation.definition import ENDPOINTS, OPENID, USUAL_CLAIMS, USUAL_SCOPES, Definition, read_domains
from idp.federation.errors import UpstreamError
from idp.federation.models import UpstreamProvider

ORDER = tuple(member.name for member in members.PROVIDER)
BY_REFERENCE = frozenset({"client_secret", "icon_file", "disabled"})
MAY_BE_MISSING = ("issuer", *ENDPOINTS)


def look(key: str) -> State | None:
    """Return a provider, locked."""
    row = catalogue.get(key, for_change=True)
    return _tell(row) if row is not None else None


def put(entry: Entry, terms: Terms) -> list[Refused]:
    """Set a provider up, or change it."""
    definition = _define(entry)
    row = catalogue.get(entry.key, for_change=True)
    refusals = _check(entry, definition)
    if refusals:
        return refusals
    extras = Extras(_new_secret(entry, row), _new_icon(entry, row), terms.accepted)
    done: UpstreamProvider | list[Refused] | None = row
    if row is None:
        done = catalogue.create(definition, extras, actor=terms.actor)
    elif definition != catalogue.to_definition(row) or extras.client_secret or extras.icon:
        done = catalogue.change(row, definition, extras, actor=terms.actor)
    if not isinstance(done, UpstreamProvider):
        return done or []
    if "disabled" not in entry.values:
        return []
    return catalogue.set_disabled(done, entry.values["disabled"], extras, actor=terms.actor)


def remove(key: str, terms: Terms) -> list[Refused]:
    """Delete a provider; with `YES` the identities that people have there, too."""
    row = catalogue.get(key, for_change=True)
    if row is None:
        return []
    accepted = terms.accepted | ({IDENTITIES} if YES in terms.accepted else frozenset())
    count = catalogue.remove(row, Extras(accepted=accepted), actor=terms.actor)
    if isinstance(count, Refused):
        return [replace(count, field=None, detail=f"{count.detail} Say --yes to accept that.")]
    return []


def every(_after: str = "", _most: int | None = None) -> Iterator[State]:
    """Yield every provider, in the order of their buttons."""
    for row in session().scalars(catalogue.search()):
        yield _tell(row)


def member_of(field: str | None) -> str | None:
    """Return the member that a refusal's field is about."""
    return "claims" if field is not None and field.startswith("claim_") else field


def _usual(key: str, kind: str) -> Definition:
    """Return what a provider of a kind is where nothing else is said."""
    claims, scope = dict(USUAL_CLAIMS.get(kind, {})), USUAL_SCOPES.get(kind, "")
    return Definition(key=key, display_name=key, kind=kind, scope=scope, claims=claims)


def _define(entry: Entry) -> Definition:
    given: dict[str, Any] = {name: value for name, value in entry.values.items() if name not in BY_REFERENCE}
    if "claims" in given:
        given["claims"] = {name: path for name, path in given["claims"].values.items() if path}
    if "group_mapping" in given:
        given["group_mapping"] = belonging.settle([dict(pair.values) for pair in given["group_mapping"]])
    for name in ("link_domains", "only_domains"):
        if name in given:
            given[name] = read_domains(" ".join(given[name]))
    given |= {name: given[name] or None for name in MAY_BE_MISSING if name in given}
    return replace(_usual(entry.key, given.get("kind", OPENID)), **given)


def _check(entry: Entry, definition: Definition) -> list[Refused]:
    """Return what of an entry's references has no place."""
    refusals = []
    if "client_secret" in entry.values and not definition.needs_secret:
        method = definition.token_endpoint_auth_method
        refusals.append(refuse("client_secret", f"With the method {method} no secret is used. Leave the member away."))
    if "icon_file" in entry.values and definition.icon != icons.OWN:
        refusals.append(refuse("icon_file", f"It goes with “icon: {icons.OWN}”."))
    return refusals


def _new_secret(entry: Entry, row: UpstreamProvider | None) -> str | None:
    """Return the secret of an entry where it is another one than the present."""
    if entry.secret is None or row is None:
        return entry.secret
    try:
        kept = catalogue.secret_of(row) or ""
    except UpstreamError:  # nobody can read it any more
        return entry.secret
    return None if crypto.equal(kept.encode(), entry.secret.encode()) else entry.secret


def _new_icon(entry: Entry, row: UpstreamProvider | None) -> bytes | None:
    """Return the picture of an entry where it is another one than the present."""
    picture = entry.picture
    return None if picture is None or (row is not None and row.icon == icons.name_of(picture)) else picture


def _tell(row: UpstreamProvider) -> State:
    values = asdict(catalogue.to_definition(row)) | {"disabled": row.disabled_at is not None}
    told = without(values, asdict(_usual(row.key, row.kind)) | {"key": None, "kind": OPENID, "disabled": False})
    hidden = {"client_secret": row.sealed_client_secret} if row.sealed_client_secret is not None else {}
    if row.icon.startswith(icons.OWN):
        hidden["icon_file"] = row.icon.encode()
    return State({name: told[name] for name in ORDER if name in told}, row.created_at.isoformat(), hidden)
