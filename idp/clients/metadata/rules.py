"""The checks of a registration, one function for each subject, in the order in which they are made."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from urllib.parse import urlsplit

from idp import keys
from idp.base import accents
from idp.base.outcome import Reason, Refused
from idp.base.writing import Fault, find_fault
from idp.clients.metadata import certificates, contradictions, profiles
from idp.clients.metadata.members import (
    ADDRESSES,
    APPLICATION_TYPES,
    ASSERTION_METHODS,
    JWT_BEARER,
    PAGES,
    RESERVED_SCOPES,
    SUBJECT_TYPES,
    TOKEN_EXCHANGE,
    Metadata,
    auth_methods,
    grant_types,
    request_object_algorithms,
    response_types,
)
from idp.clients.metadata.uris import Problem, check_address, check_page, check_redirect_uri, is_loopback_host
from idp.keys import jose

SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")  # RFC 6749, section 3.3
UNFIT = re.compile(r"[\0\ud800-\udfff]")  # NUL, which PostgreSQL takes nowhere, and halves of characters
DEEPEST = 6  # levels of JSON in a member; a key set has four
MOST_URIS = 100
LONGEST_AGE = 10**9  # seconds
NAME_FAULTS = {
    Fault.CONTROL: "The name has characters that cannot be printed.",
    Fault.TURNING: "The name has an invisible character that turns the direction of the text.",
    Fault.INVISIBLE: "Nothing of the name can be seen.",
}


def check(metadata: Metadata) -> Refused | None:
    """Return the first thing that is wrong with a registration, or None. `Refused.field` names the member."""
    return next(_find(metadata), None)


def check_all(metadata: Metadata) -> list[Refused]:
    """Return everything that is wrong with a registration, one thing of each subject; of what cannot be walked through, that alone."""
    if _content(metadata) is not None:
        return [*islice(_find(metadata), 1)]
    return [*_find(metadata)]


def _find(metadata: Metadata) -> Iterator[Refused]:
    for run in CHECKS:
        problem = run(metadata)
        if problem is not None:
            member, detail = problem
            yield Refused(Reason.CLIENT_INVALID, field=member, detail=detail)


def _content(metadata: Metadata) -> Problem | None:
    """Refuse first what can be neither stored nor walked through."""
    unfit = next((member for member, value in metadata.items() if not _is_plain(value)), None)
    return (unfit, "It is nested too deeply, or has a character that cannot be used.") if unfit is not None else None


def _name(metadata: Metadata) -> Problem | None:
    if not metadata.client_name.strip() or len(metadata.client_name) > 200:
        return "client_name", "A name of 1 to 200 characters is needed."
    fault = find_fault(metadata.client_name)
    if fault is not None:
        return "client_name", NAME_FAULTS[fault]
    for member in ("software_id", "software_version"):
        if len(getattr(metadata, member) or "") > 255:
            return member, "At most 255 characters are allowed."
    if len(metadata.contacts) > MOST_URIS or any(len(contact) > 320 for contact in metadata.contacts):
        return "contacts", "There are too many contacts, or one is too long."
    return None


def _grants(metadata: Metadata) -> Problem | None:
    unknown = sorted(set(metadata.grant_types) - set(grant_types()))
    if unknown:
        return "grant_types", f"Unknown grant: {unknown[0][:100]}."
    if not metadata.grant_types:
        return "grant_types", "At least one grant is needed."
    if set(metadata.grant_types) == {"refresh_token"}:
        return (
            "grant_types",
            "With refresh_token alone nothing is ever issued; it goes with authorization_code or the device grant.",
        )
    if "client_credentials" in metadata.grant_types and metadata.is_public:
        return "grant_types", "A public client cannot use client_credentials (RFC 6749, section 4.4)."
    if TOKEN_EXCHANGE in metadata.grant_types and metadata.is_public:
        return "grant_types", "A public client cannot exchange tokens: anybody could, by its name."
    if JWT_BEARER in metadata.grant_types and metadata.is_public:
        return "grant_types", "A public client cannot show assertions about people: anybody could, by its name."
    return None


def _response_types(metadata: Metadata) -> Problem | None:
    spelt = {" ".join(sorted(response_type.split())) for response_type in metadata.response_types}
    if len(spelt) < len(metadata.response_types):
        return "response_types", "A response type is there twice."
    for response_type in metadata.response_types:
        words = sorted(response_type.split())
        if " ".join(words) not in response_types():
            return "response_types", f"Unknown response type: {response_type[:100]}."
        if "code" in words and "authorization_code" not in metadata.grant_types:
            return "response_types", "The response type code needs the grant authorization_code."
        if words != ["code"] and "implicit" not in metadata.grant_types:
            return "response_types", f"The response type {response_type} needs the grant implicit."
    return None


def _scope(metadata: Metadata) -> Problem | None:
    if len(metadata.scope) > 1000:
        return "scope", "The scopes are too long."
    for scope in metadata.scope.split():
        if not SCOPE_TOKEN.fullmatch(scope):
            return "scope", "A scope has characters that RFC 6749 does not allow."
        if scope in RESERVED_SCOPES:
            return "scope", f"The scope {scope} is reserved."
    return None


def _details(metadata: Metadata) -> Problem | None:
    types = metadata.authorization_details_types
    if len(types) > MOST_URIS or any(len(one) > 100 or not SCOPE_TOKEN.fullmatch(one) for one in types):
        return (
            "authorization_details_types",
            "There are too many types, or one has more than 100 characters, a space or a quote.",
        )
    return None


def _authentication(metadata: Metadata) -> Problem | None:
    method = metadata.token_endpoint_auth_method
    algorithm = metadata.token_endpoint_auth_signing_alg
    if method not in auth_methods():
        return "token_endpoint_auth_method", f"Use one of: {', '.join(auth_methods())}."
    if metadata.is_public and not metadata.require_pkce:
        return "require_pkce", "A public client always uses PKCE."
    if method in ("private_key_jwt", "self_signed_tls_client_auth") and not (metadata.jwks or metadata.jwks_uri):
        return "jwks", f"The method {method} needs jwks or jwks_uri."
    if algorithm is None:
        return None
    if method not in ASSERTION_METHODS:
        return "token_endpoint_auth_signing_alg", "Only private_key_jwt and client_secret_jwt sign anything."
    allowed = ("HS256",) if method == "client_secret_jwt" else jose.SIGNATURES
    return _one_of("token_endpoint_auth_signing_alg", algorithm, allowed)


def _algorithms(metadata: Metadata) -> Problem | None:
    return (
        _one_of("id_token_signed_response_alg", metadata.id_token_signed_response_alg, keys.offered())
        or _one_of("userinfo_signed_response_alg", metadata.userinfo_signed_response_alg, keys.offered())
        or _one_of("request_object_signing_alg", metadata.request_object_signing_alg, request_object_algorithms())
        or _one_of("authorization_signed_response_alg", metadata.authorization_signed_response_alg, keys.offered())
        or _one_of("introspection_signed_response_alg", metadata.introspection_signed_response_alg, keys.offered())
    )


def _profile(metadata: Metadata) -> Problem | None:
    problem = _one_of("profile", metadata.profile, profiles.PROFILES)
    if problem is not None or metadata.profile is None:
        return problem
    missed = profiles.missed(metadata, metadata.profile)
    return (missed[0].member, f"The profile {metadata.profile} asks: {missed[0].sentence}") if missed else None


def _keys(metadata: Metadata) -> Problem | None:
    if metadata.jwks is None:
        return None
    if metadata.jwks_uri:
        return "jwks", "Use jwks or jwks_uri, not both (RFC 7591, section 2)."
    found = jose.parse_jwks(metadata.jwks)
    return ("jwks", found) if isinstance(found, str) else None


def _redirect_uris(metadata: Metadata) -> Problem | None:
    uris = metadata.redirect_uris
    if {"authorization_code", "implicit"} & set(metadata.grant_types) and not uris:
        return "redirect_uris", "At least one redirect URI is needed."
    if len(set(uris)) != len(uris):
        return "redirect_uris", "A redirect URI is there twice."
    for member in ("redirect_uris", "post_logout_redirect_uris", "request_uris"):
        if len(getattr(metadata, member)) > MOST_URIS:
            return member, f"At most {MOST_URIS} are allowed."
    for uri in uris:
        problem = check_redirect_uri("redirect_uris", uri)
        if problem:
            return problem
        if urlsplit(uri).scheme not in {"http", "https"} and not metadata.is_public:
            return "redirect_uris", f"Only a public client may use the private scheme of {uri}."
    return _first(check_redirect_uri("post_logout_redirect_uris", uri) for uri in metadata.post_logout_redirect_uris)


def _application(metadata: Metadata) -> Problem | None:
    """Hold each type of application to its redirect URIs (OpenID Connect Registration, section 2).

    A native app may also have https, which its system claims for it (RFC 8252, section 7.2), but nobody can claim loopback. A web
    client that somebody is still developing is on loopback, whatever its grants.
    """
    problem = _one_of("application_type", metadata.application_type, APPLICATION_TYPES)
    if problem is not None:
        return problem
    is_native = metadata.application_type == "native"
    for uri in metadata.redirect_uris:
        parts = urlsplit(uri)
        if is_native and parts.scheme == "https" and is_loopback_host(parts.hostname or ""):
            return "redirect_uris", f"{uri} must be http, since a native client listens there itself."
        if not is_native and "implicit" in metadata.grant_types and parts.scheme not in {"http", "https"}:
            return "redirect_uris", f"{uri} must be https, or loopback: a web client uses the implicit grant."
    return None


def _addresses(metadata: Metadata) -> Problem | None:
    return (
        _first(check_page(member, getattr(metadata, member)) for member in PAGES)
        or _first(check_address(member, getattr(metadata, member)) for member in ADDRESSES)
        or _first(check_address("request_uris", uri) for uri in metadata.request_uris)
    )


def _looks(metadata: Metadata) -> Problem | None:
    colour = metadata.accent_color
    if colour is None:
        return None
    if accents.COLOUR.fullmatch(colour) is None:
        return "accent_color", "Six hexadecimal digits after a # are needed, such as #0b5a52."
    if accents.is_legible(colour):
        return None
    has, near = f"{accents.lowest(colour):.1f}", accents.nearest_legible(colour)
    detail = f"Text in it cannot be read on the light page: its contrast is {has}:1, and {accents.AA}:1 is needed. {near} has it."
    return "accent_color", detail


def _subject(metadata: Metadata) -> Problem | None:
    problem = _one_of("subject_type", metadata.subject_type, SUBJECT_TYPES)
    if problem is not None or metadata.subject_type == "public" or metadata.sector_identifier_uri:
        return problem
    hosts = {urlsplit(uri).hostname for uri in metadata.redirect_uris}
    if len(hosts) != 1 or None in hosts:
        return "sector_identifier_uri", "All but redirect URIs of one host need it (OpenID Connect Core, section 8.1)."
    return None


def _sign_in(metadata: Metadata) -> Problem | None:
    age = metadata.default_max_age
    if age is not None and not 0 <= age <= LONGEST_AGE:
        return "default_max_age", "A number of seconds is needed."
    if sum(len(value) for value in metadata.default_acr_values) > 1000:
        return "default_acr_values", "The values are too long."
    return None


def _is_plain(value: object, deepest: int = DEEPEST) -> bool:
    """Return whether a value is no deeper than anything meant here, and its texts can be stored."""
    if isinstance(value, str):
        return UNFIT.search(value) is None
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        return deepest > 0 and all(_is_plain(item, deepest - 1) for item in value)
    return True


def _one_of(member: str, value: str | None, allowed: Iterable[str]) -> Problem | None:
    if value is None or value in allowed:
        return None
    return member, f"Use one of: {', '.join(allowed)}."


def _first(problems: Iterable[Problem | None]) -> Problem | None:
    return next((problem for problem in problems if problem is not None), None)


CHECKS: tuple[Callable[[Metadata], Problem | None], ...] = (
    _content,
    _name,
    _grants,
    _response_types,
    _scope,
    _details,
    _authentication,
    _algorithms,
    certificates.check,
    _keys,
    _redirect_uris,
    _application,
    _addresses,
    _looks,
    _subject,
    _sign_in,
    _profile,
    contradictions.check,
)
