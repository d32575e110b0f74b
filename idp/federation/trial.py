"""Trying a provider: what a sign-in would ask of it, step by step, and what is wrong in plain words. Nobody is signed in by it."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.common.errors import AuthlibBaseError
from requests import Response
from requests.exceptions import RequestException

from idp.base import fetch
from idp.base.database import pause
from idp.base.outcome import Busy
from idp.federation import configured, service
from idp.federation.configured import Configured
from idp.federation.definition import OPENID, SECRET_METHODS
from idp.federation.errors import UpstreamError
from idp.federation.exchange import new_wire
from idp.federation.models import UpstreamProvider
from idp.federation.wire import ALL, LARGEST, Wire
from idp.keys import jose

GOOD, ODD, BAD = "good", "warning", "bad"
NOT_REACHED = (AuthlibBaseError, RequestException, ValueError, RecursionError)


@dataclass(frozen=True)
class Step:
    """One step: what was done, what came of it, and what to do about it."""

    title: str
    outcome: str
    told: str


def run(row: UpstreamProvider) -> list[Step]:
    """Ask a provider, within the seconds of one sign-in; it ends with the first step without which no other makes sense."""
    provider = configured.make(row)
    pause()
    try:
        wire = new_wire(provider, service.callback_of(provider.key))
    except UpstreamError as error:
        return [Step("Open the client secret", BAD, f"The secret of this server has changed: {error}.")]
    with wire:
        return list(_openid(wire, provider) if provider.kind == OPENID else _oauth2(wire, provider))


def _openid(wire: Wire, provider: Configured) -> Iterator[Step]:
    url = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    found = _fetch(wire, url)
    if isinstance(found, str):
        yield Step("Read the configuration", BAD, f"{url}: {found} Is the issuer right?")
        return
    yield Step("Read the configuration", GOOD, url)
    told = found.get("issuer")
    if told != provider.issuer:
        sentence = f"It names the issuer “{str(told)[:200]}”, and here stands “{provider.issuer}”. They must be the same, letter by letter."
        yield Step("Compare the issuer", BAD, sentence)
        return
    yield Step("Compare the issuer", GOOD, provider.issuer)
    missing = [
        name for name in ("authorization_endpoint", "token_endpoint", "jwks_uri") if not _is_address(found, name)
    ]
    if missing:
        yield Step("Look for the endpoints", BAD, f"The configuration has no good {', '.join(missing)}.")
        return
    yield Step("Look for the endpoints", GOOD, f"{found['authorization_endpoint']}, {found['token_endpoint']}")
    yield from _offers(found, provider)
    yield _keys(wire, found["jwks_uri"])
    yield _authorization(wire, found["authorization_endpoint"])
    yield _credentials(wire, found["token_endpoint"], provider)


def _offers(found: dict[str, Any], provider: Configured) -> Iterator[Step]:
    """Compare what is going to be asked with what the configuration says to take; a list that is absent says nothing."""
    methods = _list(found, "token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if provider.auth_method in methods or (provider.auth_method == "none" and provider.uses_pkce):
        yield Step("Compare how this server proves itself", GOOD, provider.auth_method)
    else:
        yield Step(
            "Compare how this server proves itself",
            ODD,
            f"The provider says to take {', '.join(methods)}, and here stands {provider.auth_method}.",
        )
    challenges = _list(found, "code_challenge_methods_supported", [])
    if provider.uses_pkce and "S256" not in challenges:
        yield Step(
            "Look for PKCE",
            ODD,
            "The provider does not say that it knows PKCE (S256). Most ignore it then; some refuse it.",
        )
    lacking = [
        scope
        for scope in provider.scope.split()
        if scope not in _list(found, "scopes_supported", provider.scope.split())
    ]
    if lacking:
        yield Step("Compare the scopes", ODD, f"The provider does not list {', '.join(lacking)} among its scopes.")
    signed = _list(found, "id_token_signing_alg_values_supported", ["RS256"])
    if not set(signed) & set(provider.algorithms):
        told = f"The provider signs ID tokens with {', '.join(signed)[:200]}, and here {', '.join(provider.algorithms)} are taken."
        yield Step("Compare the algorithms", BAD, told)
    if found.get("authorization_response_iss_parameter_supported") is True:
        yield Step(
            "Look for the issuer in answers",
            GOOD,
            "The provider names itself in each answer (RFC 9207), and that is checked.",
        )


def _keys(wire: Wire, url: str) -> Step:
    title, found = "Read the keys", _fetch(wire, url)
    if isinstance(found, str):
        return Step(title, BAD, f"{url}: {found}")
    keys = jose.read_jwks(found) if jose.is_key_set(found) else []
    if not keys:
        return Step(title, BAD, f"{url} has no key that could be used here: RSA from 2048 bits, P-256 or Ed25519.")
    return Step(title, GOOD, f"{len(keys)} usable")


def _oauth2(wire: Wire, provider: Configured) -> Iterator[Step]:
    yield _authorization(wire, provider.authorization_endpoint)
    yield _credentials(wire, provider.token_endpoint, provider)
    for title, url in (
        ("Ask for a person", provider.userinfo_endpoint),
        ("Ask for addresses", provider.emails_endpoint),
    ):
        if url:
            yield _refused(wire, title, url)


def _authorization(wire: Wire, url: str) -> Step:
    """Ask as a browser would that begins to sign in: what comes is a page, or leads to one."""
    title, values = (
        "Ask where people are sent",
        {"state": secrets.token_urlsafe(16), "nonce": secrets.token_urlsafe(16)},
    )
    asked, _state = wire.create_authorization_url(url, code_verifier=secrets.token_urlsafe(48), **values)
    try:
        question = fetch.Question("GET", {"Accept": "text/html"}, largest=LARGEST, wants_all=True)
        answer = fetch.converse(asked, question, fetch.Deadline(ALL), is_named=False)
        error = dict(parse_qsl(urlsplit(answer.location).query)).get("error")
    except (fetch.FetchError, Busy, ValueError) as problem:
        return Step(title, BAD, f"{url}: nothing came: {problem}.")
    if error is not None:
        told = (
            f"The provider refuses what is asked: “{error[:100]}”. Look at the scopes and at how it knows this server."
        )
        return Step(title, BAD, told)
    if answer.status >= 400:
        told = f"{url} answered {answer.status}. Has the provider this redirect URI, letter by letter: {wire.redirect_uri}?"
        return Step(title, ODD, told)
    return Step(title, GOOD, url)


def _credentials(wire: Wire, url: str, provider: Configured) -> Step:
    """Send a code that nobody gave: a provider that knows the client and its secret complains of the code alone (RFC 6749, section 5.2)."""
    title, form = "Prove who this server is", {"grant_type": "authorization_code", "code": secrets.token_urlsafe(16)}
    form |= {"redirect_uri": wire.redirect_uri}
    if provider.uses_pkce:
        form["code_verifier"] = secrets.token_urlsafe(32)
    answer = _ask(wire, "POST", url, form, auth=wire.client_auth(provider.auth_method))
    if isinstance(answer, str):
        return Step(title, BAD, f"{url}: {answer}")
    error = _error_of(answer)
    if error in {"invalid_client", "unauthorized_client", "incorrect_client_credentials"} or (
        not error and answer.status_code == 401
    ):
        what = (
            "client identifier or secret"
            if provider.auth_method in SECRET_METHODS
            else "client identifier, or how it proves itself,"
        )
        return Step(
            title,
            BAD,
            f"The provider does not know this server: the {what} is not right ({error or answer.status_code}).",
        )
    if error in {"invalid_grant", "bad_verification_code"}:
        return Step(title, GOOD, "The provider knows this server, and refused a code that nobody gave, as it should.")
    if answer.status_code in {404, 405} or answer.status_code >= 500:
        return Step(title, BAD, f"{url} answered {answer.status_code}: is that the token endpoint?")
    return Step(
        title,
        ODD,
        f"The provider answered “{error or answer.status_code}”, which does not tell whether it knows this server.",
    )


def _refused(wire: Wire, title: str, url: str) -> Step:
    """Ask without a token: a good answer is a refusal."""
    answer = _ask(wire, "GET", url)
    if isinstance(answer, str):
        return Step(title, BAD, f"{url}: {answer}")
    if answer.status_code in {401, 403, 400}:
        return Step(title, GOOD, f"{url} is there, and answers nobody without a token ({answer.status_code}).")
    return Step(
        title, ODD, f"{url} answered {answer.status_code} to a question without a token. Is it the right address?"
    )


def _fetch(wire: Wire, url: str) -> dict[str, Any] | str:
    """Return the object at an address, or what is wrong."""
    answer = _ask(wire, "GET", url)
    if isinstance(answer, str):
        return answer
    if answer.status_code != 200:
        return f"it answered {answer.status_code}."
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        return "what came is no JSON."
    return found if isinstance(found, dict) else "what came is no JSON object."


def _ask(wire: Wire, method: str, url: str, form: dict[str, Any] | None = None, **options: Any) -> Response | str:
    """Return what an address answers, or why nothing came."""
    headers = {"Accept": "application/json"}
    try:
        answer: Response = wire.request(method, url, withhold_token=True, data=form, headers=headers, **options)
        return answer
    except Busy:
        return "too many requests wait for it already. Try again."
    except NOT_REACHED as error:
        why = str(error) if isinstance(error, RequestException) else type(error).__name__
        return f"nothing came: {why}."


def _error_of(answer: Response) -> str:
    try:
        told = json.loads(answer.content)
    except (ValueError, RecursionError):
        return ""
    error = told.get("error") if isinstance(told, dict) else None
    return error[:100] if isinstance(error, str) and error.isprintable() else ""


def _is_address(found: dict[str, Any], name: str) -> bool:
    url = found.get(name)
    return isinstance(url, str) and url.startswith(("https://", str(found["issuer"])))


def _list(found: dict[str, Any], name: str, usual: list[str]) -> list[str]:
    value = found.get(name)
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else usual
