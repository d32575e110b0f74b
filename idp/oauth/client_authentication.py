"""Client authentication: Basic, POST and none (RFC 6749, section 2.3.1), throttled by wrong secrets, assertions (RFC 7523), and
certificates (RFC 8705), and tokens of trusted issuers (`workloads`).

Own code in place of Authlib's methods: Basic credentials may be any bytes, two methods at once are refused, and a failure names its cause
in the audit log, and in the answer where that tells a guesser nothing (`refusals`).

Secrets in Basic credentials are form-url-encoded (section 2.3.1), which many libraries forget: one that is right as it stands is taken,
too. Nobody comes closer to a secret by that: what is taken is the secret itself, or what decodes to it.
"""

import base64
import binascii
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from idp import audit, throttle
from idp.base.door.asked import Asked
from idp.clients import service as clients
from idp.clients.metadata import CERTIFICATE_METHODS, FEDERATED_METHOD
from idp.clients.registered import RegisteredClient
from idp.issuers.definition import Definition
from idp.keys import jose
from idp.oauth import assertions, client_documents, refusals, workloads
from idp.oauth.constraint import mutual_tls
from idp.oauth.refusals import Cause, Refusal

# Clients with a wrong secret in the last minutes, as this process saw them: only for these a right secret must wait too,
# so that the token path asks the database for nothing in the ordinary case.
_suspects: dict[str, float] = {}
SUSPECT_FOR = 3600.0
MOST_SUSPECTS = 10_000


BASIC_CHALLENGE = 'Basic realm="client"'


class TooManyTries(Refusal):
    """Too many wrong secrets; the answer is 429 with `Retry-After`."""

    def __init__(self, seconds: int) -> None:
        super().__init__("temporarily_unavailable", Cause.TOO_MANY_TRIES, status=429)
        self.seconds = seconds

    def get_headers(self) -> list[tuple[str, str]]:
        """Add the seconds to wait."""
        return [*super().get_headers(), ("Retry-After", str(self.seconds))]


@dataclass(frozen=True)
class Credentials:
    """Who a client says that it is, and its secret: as it may be meant, each way, or none."""

    client_id: str
    secrets: frozenset[str]
    method: str
    challenge: str | None = None

    def refuse(self, cause: Cause, more: str = "") -> Refusal:
        """Return the refusal, which challenges where Basic was used (RFC 6749, section 5.2)."""
        return _refuse(cause, more, self.challenge)


def authenticate(
    authorization: str | None, form: Mapping[str, str], source: str, endpoint: str = "token", asked: Asked | None = None
) -> tuple[RegisteredClient, str]:
    """Return the client and the method by which it proved itself at an endpoint: token, revocation or introspection.

    A certificate is looked for with the request that was `asked`.

    An empty secret is as none, and no guess (RFC 6749, section 2.3.1).

    Raises:
        Refusal: `invalid_client`, 401, with WWW-Authenticate where Basic was used; `invalid_request` for two methods at once.
        TooManyTries: wrong secrets before.
    """
    used_basic = _is_basic(authorization)
    asserted = any(name in form for name in assertions.PARAMETERS)
    if used_basic + asserted + ("client_secret" in form) > 1:
        raise Refusal("invalid_request", Cause.SEVERAL_METHODS)
    if asserted:
        return _check_assertion(form, source, endpoint)
    shown = _read_basic(authorization or "") if used_basic else _read_form(form)
    if form.get("client_id", shown.client_id) != shown.client_id:
        raise Refusal("invalid_request", Cause.CLIENT_ID_DIFFERS)
    client = _look_up(shown.client_id)
    if client is None or client.is_disabled:
        raise shown.refuse(_name_absence(shown.client_id, client))
    method = client.metadata.token_endpoint_auth_method
    if method in CERTIFICATE_METHODS and not shown.secrets:
        _check_certificate(client, asked)
        return client, method
    if shown.secrets:
        _check_secret(client, shown, source)
    elif not client.metadata.is_public:
        raise _refuse_method(client, shown) or shown.refuse(Cause.NO_SECRET)
    return client, shown.method


def _check_certificate(client: RegisteredClient, asked: Asked | None) -> None:
    """Authenticate by the certificate of the connection (RFC 8705, section 2)."""
    fault = mutual_tls.find_fault(asked, client) if asked is not None else Cause.CERTIFICATE_MISSING
    if fault is not None:
        raise _refuse(fault)


def claimed(authorization: str | None, form: Mapping[str, str]) -> str | None:
    """Return the client identifier that a request names, proved or not."""
    if _is_basic(authorization):
        try:
            return _read_basic(authorization or "").client_id
        except Refusal:
            return None
    return form.get("client_id") or assertions.find_subject(form.get("client_assertion", ""))


def _is_basic(authorization: str | None) -> bool:
    return (authorization or "").partition(" ")[0].lower() == "basic"


def _look_up(client_id: str) -> RegisteredClient | None:
    """Return a client, disabled or not, as its document says that it is now, where its identifier is the address of one.

    Raises:
        Refusal: that document is of no use any more.
    """
    client = clients.look_up(client_id)
    if client is not None and not client.is_disabled and client_documents.follow(client_id) is not None:
        raise _refuse(Cause.CLIENT_DOCUMENT)
    return clients.look_up(client_id) if client is not None and client.host is not None else client


def _name_absence(client_id: str, client: RegisteredClient | None) -> Cause:
    """Return why there is no client to speak of; nobody but the audit log hears the difference between the last two."""
    if not client_id:
        return Cause.NO_CREDENTIALS
    return Cause.DISABLED_CLIENT if client is not None else Cause.UNKNOWN_CLIENT


def _check_secret(client: RegisteredClient, shown: Credentials, source: str) -> None:
    """Compare a secret; of a client that has none to send nothing is compared, so that nothing was guessed."""
    refusal = _refuse_method(client, shown)
    if refusal is not None:
        raise refusal
    checked = [client.check_client_secret(secret) for secret in shown.secrets]  # each, whichever is right
    right = any(checked)
    _slow_guesses(client, right, source)
    if not right:
        raise shown.refuse(Cause.WRONG_SECRET)
    if any(client.is_former_secret(secret) for secret in shown.secrets):
        # Bounded like refusals: an administrator sees that the app still has the old one.
        refusals.record("client.former_secret_used", "renewed", client_id=client.client_id, outcome=audit.SUCCESS)


def _refuse_method(client: RegisteredClient, shown: Credentials) -> Refusal | None:
    """Return the refusal of a client that is not registered to send a secret."""
    if client.metadata.is_public:
        return shown.refuse(Cause.PUBLIC_CLIENT)
    if client.check_endpoint_auth_method("client_secret_post", "token"):
        return None
    return shown.refuse(Cause.OTHER_METHOD, _name_method(client))


def _name_method(client: RegisteredClient) -> str:
    return f"It authenticates with {client.metadata.token_endpoint_auth_method}."


def _check_assertion(form: Mapping[str, str], source: str, endpoint: str) -> tuple[RegisteredClient, str]:
    """Authenticate by an assertion; one that is used here is used up (RFC 7521, section 4.2; RFC 7523, section 3)."""
    assertion = form.get("client_assertion", "")
    issuer = workloads.find_issuer(assertion, form.get("client_assertion_type"))
    if issuer is not None:
        return _check_workload(issuer, assertion, form.get("client_id"))
    subject = assertions.find_subject(assertion)
    if subject is None:
        raise _refuse(Cause.ASSERTION_MALFORMED)
    client = _look_up(subject)
    if client is None or client.is_disabled:
        raise _refuse(_name_absence(subject, client))
    if form.get("client_id", client.client_id) != client.client_id:
        raise _refuse(Cause.CLIENT_ID_DIFFERS)
    if form.get("client_assertion_type") != assertions.TYPE:
        raise _refuse(Cause.ASSERTION_TYPE)
    method = assertions.find_method(assertion)
    if method is None:
        is_jwt = jose.read_header(assertion) is not None
        raise _refuse(Cause.ASSERTION_ALGORITHM if is_jwt else Cause.ASSERTION_MALFORMED)
    if not client.check_endpoint_auth_method(method, endpoint):
        is_public = client.metadata.is_public
        raise _refuse(Cause.PUBLIC_CLIENT) if is_public else _refuse(Cause.OTHER_METHOD, _name_method(client))
    claims = assertions.verify(client, assertion, method)
    if method == "client_secret_jwt":  # noqa: S105 - a method's name
        _slow_guesses(client, not isinstance(claims, Cause), source)
    fault = claims if isinstance(claims, Cause) else assertions.find_fault(claims, client, endpoint)
    if fault is None and not isinstance(claims, Cause) and not assertions.spend(claims, client):
        fault = Cause.ASSERTION_USED
    if fault is not None:
        raise _refuse(fault)
    return client, method


def _check_workload(issuer: Definition, assertion: str, named: str | None) -> tuple[RegisteredClient, str]:
    """Authenticate by a token of a trusted issuer; it stays good until it expires."""
    found = workloads.find_client(issuer, assertion, named)
    if isinstance(found, Cause):
        raise _refuse(found)
    client = _look_up(found)
    if client is None or client.is_disabled:
        raise _refuse(_name_absence(found, client))
    if client.metadata.token_endpoint_auth_method != FEDERATED_METHOD:
        raise _refuse(Cause.OTHER_METHOD, _name_method(client))
    return client, FEDERATED_METHOD


def _refuse(cause: Cause, more: str = "", challenge: str | None = None) -> Refusal:
    return Refusal("invalid_client", cause, status=401, more=more, challenge=challenge)


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


def _read_form(form: Mapping[str, str]) -> Credentials:
    secret = form.get("client_secret", "")
    method = "client_secret_post" if secret else "none"
    return Credentials(form.get("client_id", ""), frozenset({secret} - {""}), method)


def _read_basic(authorization: str) -> Credentials:
    try:
        decoded = base64.b64decode(authorization.partition(" ")[2].strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise _refuse(Cause.BASIC_MALFORMED, challenge=BASIC_CHALLENGE) from None
    client_id, colon, secret = decoded.partition(":")
    if not colon:
        raise _refuse(Cause.BASIC_MALFORMED, challenge=BASIC_CHALLENGE)
    method = "client_secret_basic" if secret else "none"
    meant = frozenset({unquote_plus(secret), secret} - {""})
    return Credentials(unquote_plus(client_id), meant, method, BASIC_CHALLENGE)
