"""Client authentication: Basic, POST and none (RFC 6749, section 2.3.1), throttled by wrong secrets, and assertions (RFC 7523).

Own code in place of Authlib's methods: Basic credentials are form-url-decoded and may be any bytes, two methods at once are refused,
and a failure says nothing about what was wrong.
"""

import base64
import binascii
import time
from collections.abc import Mapping
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError, OAuth2Error

from idp import audit, throttle
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.oauth import assertions

# Clients with a wrong secret in the last minutes, as this process saw them: only for these a right secret must wait too,
# so that the token path asks the database for nothing in the ordinary case.
_suspects: dict[str, float] = {}
SUSPECT_FOR = 3600.0
MOST_SUSPECTS = 10_000


class TooManyTries(OAuth2Error):
    """Too many wrong secrets; the answer is 429 with `Retry-After`."""

    error = "temporarily_unavailable"
    status_code = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many wrong client secrets. Try again later.")
        self.seconds = seconds

    def get_headers(self) -> list[tuple[str, str]]:
        """Add the seconds to wait."""
        return [*super().get_headers(), ("Retry-After", str(self.seconds))]


def authenticate(
    authorization: str | None, form: Mapping[str, str], source: str, endpoint: str = "token"
) -> tuple[RegisteredClient, str]:
    """Return the client and the method by which it proved itself at an endpoint: token, revocation or introspection.

    Raises:
        InvalidClientError: 401, with WWW-Authenticate where Basic was used.
        InvalidRequestError: two methods at once.
        TooManyTries: wrong secrets before.
    """
    scheme = authorization.partition(" ")[0].lower() if authorization else ""
    used_basic = scheme == "basic"
    asserted = any(name in form for name in assertions.PARAMETERS)
    if used_basic + asserted + ("client_secret" in form) > 1:
        raise InvalidRequestError("Use one way of client authentication only.")
    if asserted:
        return _check_assertion(form, source, endpoint)
    if used_basic:
        client_id, secret = _read_basic(authorization or "")
        if form.get("client_id", client_id) != client_id:
            raise InvalidRequestError("The client_id differs from the authenticated client.")
        method = "client_secret_basic"
    else:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        method = "client_secret_post" if secret else "none"
    client = clients.find(client_id)
    if client is None:
        raise _Refusal(used_basic)
    if method == "none":
        if not client.metadata.is_public:
            raise _Refusal(used_basic)
        return client, method
    _check_secret(client, secret, used_basic, source)
    return client, method


def claimed(authorization: str | None, form: Mapping[str, str]) -> str | None:
    """Return the client identifier that a request names, proved or not."""
    if authorization and authorization.partition(" ")[0].lower() == "basic":
        try:
            return _read_basic(authorization)[0]
        except InvalidClientError:
            return None
    return form.get("client_id") or assertions.find_subject(form.get("client_assertion", ""))


def _check_secret(client: RegisteredClient, secret: str, used_basic: bool, source: str) -> None:
    right = client.check_endpoint_auth_method("client_secret_post", "token") and client.check_client_secret(secret)
    _slow_guesses(client, right, source)
    if not right:
        audit.record("client.authenticated", outcome=audit.FAILURE, client_id=client.client_id, source=source)
        raise _Refusal(used_basic)


def _check_assertion(form: Mapping[str, str], source: str, endpoint: str) -> tuple[RegisteredClient, str]:
    """Authenticate by an assertion; one that is used here is used up (RFC 7521, section 4.2; RFC 7523, section 3)."""
    assertion = form.get("client_assertion", "")
    client = clients.find(assertions.find_subject(assertion))
    if client is None or form.get("client_id", client.client_id) != client.client_id:
        raise _Refusal(False)
    method = assertions.find_method(assertion)
    if form.get("client_assertion_type") != assertions.TYPE or method is None:
        raise _refuse_assertion(client, source)
    if not client.check_endpoint_auth_method(method, endpoint):
        raise _refuse_assertion(client, source)
    claims = assertions.verify(client, assertion, method)
    if method == "client_secret_jwt":  # noqa: S105 - a method's name
        _slow_guesses(client, claims is not None, source)
    if claims is None or not assertions.is_good(claims, client, endpoint) or not assertions.spend(claims, client):
        raise _refuse_assertion(client, source)
    return client, method


def _refuse_assertion(client: RegisteredClient, source: str) -> InvalidClientError:
    """Return the refusal, recorded unless the same address has sent many: a bad signature is no guess and makes nobody wait."""
    if throttle.attempt([f"assertion/{client.client_id}/{throttle.block_of(source)}"]) == 0:
        audit.record("client.authenticated", outcome=audit.FAILURE, client_id=client.client_id, source=source)
    return _Refusal(False)


def _slow_guesses(client: RegisteredClient, right: bool, source: str) -> None:
    """Count a wrong secret, and make whoever guessed wait.

    Raises:
        TooManyTries: wrong secrets before, from the same addresses.
    """
    keys = [f"client/{client.client_id}/{throttle.block_of(source)}"]
    if right and time.monotonic() - _suspects.get(client.client_id, -SUSPECT_FOR) >= SUSPECT_FOR:
        return
    if not right:
        if len(_suspects) > MOST_SUSPECTS:
            _suspects.clear()
        _suspects[client.client_id] = time.monotonic()
    seconds = throttle.attempt(keys)
    if seconds:
        raise TooManyTries(seconds)
    if right:
        throttle.clear(keys)
        _suspects.pop(client.client_id, None)


def _read_basic(authorization: str) -> tuple[str, str]:
    try:
        decoded = base64.b64decode(authorization.partition(" ")[2].strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise _Refusal(True) from None
    client_id, colon, secret = decoded.partition(":")
    if not colon:
        raise _Refusal(True)
    return unquote_plus(client_id), unquote_plus(secret)


class _Refusal(InvalidClientError):
    def __init__(self, used_basic: bool) -> None:
        super().__init__("Client authentication failed.", status_code=401)
        self._used_basic = used_basic

    def get_headers(self) -> list[tuple[str, str]]:
        """Add the challenge, if any."""
        challenge = [("WWW-Authenticate", 'Basic realm="client"')] if self._used_basic else []
        return [*OAuth2Error.get_headers(self), *challenge]
