"""Builds Authlib's authorization server over our own requests, responses, clients and tokens.

Authlib brings the skeleton of grants and endpoints; persistence, minting and policy are ours.
"""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidRequestError,
    OAuth2Error,
    OAuth2Payload,
    OAuth2Request,
    UnsupportedGrantTypeError,
)

from idp.base.bounds import FORM
from idp.base.caller import source
from idp.base.door.answer import JSON, Answer
from idp.base.door.asked import Asked, present
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.oauth import client_authentication, dialects, refusals
from idp.oauth.parameters import AuthorizationParameters
from idp.resources import naming

PARAMETER = re.compile("[a-z_]{1,40}")
JSON_HEADERS = {"Content-Type": JSON, "Cache-Control": "no-store", "Pragma": "no-cache"}


class FormPayload(OAuth2Payload):
    """The parameters of one request, from its body or from a checked authorization request, never from both."""

    def __init__(self, data: Mapping[str, str]) -> None:
        self._data = data

    @property
    def data(self) -> Mapping[str, str]:
        """The parameters."""
        return self._data

    @property
    def datalist(self) -> "defaultdict[str, list[str]]":
        """The parameters as lists; repeated ones have been refused before."""
        return defaultdict(list, {name: [value] for name, value in self._data.items()})


class ServerRequest(OAuth2Request):
    """A request as Authlib sees it. Authlib's own check of https is left out: both doors have made it, for every address."""

    def __init__(
        self, data: Mapping[str, str], method: str, authorization: str | None = None, asked: Asked | None = None
    ) -> None:
        self.method = method
        self._asked = asked
        self.uri = ""
        self.headers = {"Authorization": authorization} if authorization is not None else {}
        self.payload = FormPayload(data)
        self._form = data
        self.client: RegisteredClient | None = None
        self.auth_method: str | None = None
        self.user: Any = None
        self._scope: str | None = None

    @property
    def asked(self) -> Asked:
        """The program's request that this was read of; an authorization request is none."""
        if self._asked is None:
            raise TypeError("no program has sent this")
        return self._asked

    @property
    def args(self) -> Mapping[str, str]:
        """Nothing: parameters in the query of a POST do not count (RFC 6749, section 3.2)."""
        return {}

    @property
    def form(self) -> Mapping[str, str]:
        """The body's parameters."""
        return self._form

    def reword(self, data: Mapping[str, str]) -> None:
        """Put other parameters in the place of the body's."""
        self._form = data
        self.payload = FormPayload(data)


class Server(AuthorizationServer):
    """The authorization server."""

    def query_client(self, client_id: str) -> RegisteredClient | None:
        """Find a client, from the cache where it can."""
        return clients.find(client_id)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Authlib's signals have no listeners here."""

    def authenticate_client(
        self, request: ServerRequest, methods: list[str], endpoint: str = "token"
    ) -> RegisteredClient:
        """Authenticate by whatever method the client used; from then on a token request is read in the client's dialect."""
        client, request.auth_method = client_authentication.authenticate(
            request.headers.get("Authorization"), request.form, source(), endpoint, request.asked
        )
        dialect = dialects.of(client) if endpoint == "token" else None
        if dialect is not None:
            request.reword(dialect.read(request.form))
        return client

    def get_token_grant(self, request: ServerRequest) -> Any:
        """Find the grant; a missing or unknown one is answered without repeating what was sent."""
        if not request.payload.grant_type:
            raise InvalidRequestError("The parameter grant_type is missing.")
        try:
            return super().get_token_grant(request)
        except UnsupportedGrantTypeError:
            raise OAuth2Error("This grant type is not supported.", error="unsupported_grant_type") from None

    def create_oauth2_request(self, request: Asked | ServerRequest) -> ServerRequest:
        """Return the request as given, or the form of what a program asks."""
        return request if isinstance(request, ServerRequest) else read_form(request)

    def handle_error_response(self, asked: ServerRequest | None, error: OAuth2Error) -> Answer:
        """Answer an error, which is recorded with its cause; the one place through which all errors of these endpoints go."""
        answer: Answer = super().handle_error_response(asked, error)
        sent = present()
        if sent is not None:
            client_id = client_authentication.claimed(sent.authorization, sent.first)
            endpoint = sent.path.rpartition("/")[2]
            refusals.note(endpoint, error, client_id)
            if endpoint == "token" and not refusals.has_no_client(error):
                _word(answer, client_id)
        return answer

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        """Return an answer that nobody stores."""
        if isinstance(body, dict):
            return Answer(status, json.dumps(body).encode(), JSON_HEADERS | dict(_others(headers)))
        return Answer(status, body.encode() if isinstance(body, str) else body, dict(headers))


def read_form(asked: Asked) -> ServerRequest:
    """Read a body of `application/x-www-form-urlencoded` parameters.

    Raises:
        InvalidRequestError: another media type, a repeated parameter but `resource`, or a value that is no text (RFC 6749, 3.2).
    """
    if asked.media_type != FORM:
        raise InvalidRequestError(f"The body must be {FORM}.")
    values: dict[str, str] = {}
    for name, found in asked.form.items():
        if len(found) > 1 and name != naming.PARAMETER:
            raise InvalidRequestError(f"{_called(name)} is there more than once.")
        if any("\0" in value or "\ufffd" in value for value in found):
            raise InvalidRequestError(f"{_called(name)} is malformed: it holds a NUL, or is no UTF-8.")
        value = naming.join(found) if name == naming.PARAMETER else found[0]
        if value:
            values[name] = value
    return ServerRequest(values, asked.method, asked.authorization, asked)


def _word(answer: Answer, client_id: str | None) -> None:
    """Write a failed token request in the dialect of the client that it names, whether or not that proved itself."""
    dialect = dialects.of(clients.find(client_id))
    if dialect is not None:
        answer.body = json.dumps(dialect.write_error(json.loads(answer.body))).encode()


def _called(name: str) -> str:
    """Return a parameter as an error may name it: what clients make up is not repeated."""
    return f"The parameter {name}" if PARAMETER.fullmatch(name) else "A parameter"


def authorization_request(parameters: AuthorizationParameters) -> ServerRequest:
    """Return a checked authorization request as Authlib sees it."""
    values = {**parameters.values, "response_type": parameters.response_type or ""}
    return ServerRequest(values, "GET")


def _others(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    ours = {name.lower() for name in JSON_HEADERS}
    return [(name, value) for name, value in headers if name.lower() not in ours]
