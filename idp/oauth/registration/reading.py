"""Reading a registration (RFC 7591, section 2; OpenID Connect Registration, section 2): JSON types and defaults.

Only what JSON makes necessary stands here, and what programs ask for that this server has not: it is left out where the client works
without, and the answer says what was registered (RFC 7591, sections 2 and 3.2.1). The rules of metadata are those of every door. Unknown
members are ignored; a null, an empty text and an empty list are as none (RFC 7592, section 2.2).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlsplit

from idp.base.outcome import Refused
from idp.clients.metadata import DEVICE_CODE, JWT_BEARER, SCOPES, TOKEN_EXCHANGE, Metadata, grant_types, response_types
from idp.resources import known as resources

INVALID = "invalid_client_metadata"
# What administrators alone decide.
OURS = (
    *("require_pkce", "first_party", "require_second_factor", "fedcm_enabled", "dialect"),
    "authorization_details_types",
)
DEFAULT_NAME = "Application"


@dataclass(frozen=True)
class Failure:
    """What RFC 7591, section 3.2.2, answers where a registration is refused; falsy."""

    error: str
    description: str

    def __bool__(self) -> bool:
        return False


def failure_of(refused: Refused) -> Failure:
    """Return the answer to a registration that the rules of metadata refuse."""
    error = "invalid_redirect_uri" if refused.field == "redirect_uris" else INVALID
    return Failure(error, f"{refused.field}: {refused.detail}")


def read(document: dict[str, Any], present: Metadata | None = None) -> Metadata | Failure:
    """Return the metadata that a registration asks for; `present` is what the client is registered with so far.

    What only administrators decide stays; a client that registers itself gets no scope but the server's own, those of APIs that
    are open to such clients, or what it has. One
    that people are not asked about gets nothing but what it has.
    """
    if not _is_empty(document.get("software_statement")):
        return Failure("unapproved_software_statement", "Software statements are not accepted here.")
    values: dict[str, Any] = {}
    for member, (fits, expected) in _KINDS.items():
        value = document.get(member)
        if _is_empty(value):
            continue
        if not fits(value):
            return Failure(INVALID, f"{member}: {expected} is needed.")
        values[member] = [item for item in dict.fromkeys(value) if item.strip()] if isinstance(value, list) else value
    return _with_ours(Metadata(**_with_defaults(_narrowed(values), present)), present)


def _narrowed(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what this server does not have where something is left; what is refused by name is left to the rules.

    Grants and response types that are unknown here, and the grant that a public client cannot use, harm nobody when they are missing. An
    algorithm, a subject type or a way to prove itself is what a client relies on: these are refused.
    """
    grants = [grant for grant in values.get("grant_types", []) if grant in grant_types()]
    if values.get("token_endpoint_auth_method") == "none":
        grants = [grant for grant in grants if grant not in ("client_credentials", TOKEN_EXCHANGE, JWT_BEARER)]
    asked_types = values.get("response_types", [])
    types = [one for one in asked_types if " ".join(sorted(one.split())) in response_types()]
    kept = {"grant_types": grants, "response_types": types}
    return values | {member: found for member, found in kept.items() if found}


def _with_defaults(values: dict[str, Any], present: Metadata | None) -> dict[str, Any]:
    """Fill in what RFC 7591, section 2, says of members that are left out or empty.

    Whatever scopes a client names, it gets all of the server's own when it registers, unless it also acts for itself: it could register
    anew for them at any time, and the person decides at each request. Agents register with what they were told of first, and ask for more
    when an API wants it.
    """
    grants = values.get("grant_types") or ["authorization_code"]
    usual_types = ["code"] if "authorization_code" in grants else []
    usual_scopes = [scope for scope in SCOPES if scope != "offline_access" or "refresh_token" in grants]
    if not {"authorization_code", "implicit", DEVICE_CODE} & set(grants):
        usual_scopes = []  # nobody signs in
    had = present.scope.split() if present else []
    open_scopes = resources.open_scopes() if usual_scopes else []
    allowed = had if present is not None and present.first_party else [*SCOPES, *open_scopes, *had]
    asked = [scope for scope in values.get("scope", "").split() if scope in allowed]
    usual_scopes = [scope for scope in (*usual_scopes, *open_scopes) if scope in allowed]
    is_widened = present is None and "client_credentials" not in grants
    if values.get("userinfo_signed_response_alg") == "none":  # an ordinary JSON answer, which is the default
        values = values | {"userinfo_signed_response_alg": None}
    return values | {
        "client_name": values.get("client_name", "").strip() or _name(values.get("redirect_uris", [])),
        "grant_types": grants,
        "response_types": values.get("response_types") or usual_types,
        "scope": " ".join(dict.fromkeys([*usual_scopes, *asked] if is_widened or not asked else asked)),
    }


def _with_ours(metadata: Metadata, present: Metadata | None) -> Metadata:
    kept = {member: getattr(present, member) for member in OURS} if present else {"require_pkce": False}
    return replace(metadata, **kept | {"require_pkce": kept["require_pkce"] or metadata.is_public})


def _name(redirect_uris: list[str]) -> str:
    """Return what people see of a client that brings no name: where it leads."""
    try:
        parts = urlsplit(redirect_uris[0])
        return (parts.hostname or parts.scheme)[:200] or DEFAULT_NAME
    except (IndexError, ValueError):
        return DEFAULT_NAME


def _is_empty(value: object) -> bool:
    """Return whether a member says nothing, as programs write what they have no value for."""
    if isinstance(value, list):
        return all(_is_empty(item) for item in value)
    return value is None or (isinstance(value, str) and not value.strip())


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


Kind = tuple[Callable[[object], bool], str]

_TEXT: Kind = (lambda value: isinstance(value, str), "A string")
_LIST: Kind = (_is_strings, "An array of strings")
_FLAG: Kind = (lambda value: isinstance(value, bool), "A boolean")
_NUMBER: Kind = (lambda value: isinstance(value, int) and not isinstance(value, bool), "An integer")
_OBJECT: Kind = (lambda value: isinstance(value, dict), "An object")
_BY_TYPE: dict[Any, Kind] = {
    str: _TEXT,
    str | None: _TEXT,
    list[str]: _LIST,
    bool: _FLAG,
    int | None: _NUMBER,
    dict[str, Any] | None: _OBJECT,
}
# Every member of `Metadata` but ours, with what its JSON must be.
_KINDS = {field.name: _BY_TYPE[field.type] for field in fields(Metadata) if field.name not in OURS}
