"""Authorization requests that a client sends to this server itself, and no browser brings: pushed ones, and those of devices."""

from collections.abc import Collection
from http import HTTPStatus

from idp.base.door.asked import Asked
from idp.base.http import use_up
from idp.clients.metadata import AUTH_METHODS
from idp.clients.registered import RegisteredClient
from idp.oauth import parameters
from idp.oauth.parameters import AuthorizationParameters
from idp.oauth.refusals import Cause, Refusal
from idp.oauth.server import Server, ServerRequest, read_form
from idp.resources import naming

# Of public clients, which anybody can name: each request is a row that is kept for a while.
LIMIT = "600 per minute"


def admit(server: Server, asked: Asked, endpoint: str, path: str) -> tuple[ServerRequest, RegisteredClient]:
    """Return what was sent, and the client that has proved itself as at the token endpoint; a public one is counted.

    Raises:
        OAuth2Error: the form is malformed.
        Refusal: `invalid_client`; 429 `temporarily_unavailable`, where a network has sent too much for public clients.
    """
    sent = read_form(asked)
    client = server.authenticate_client(sent, list(AUTH_METHODS), endpoint)
    if client.metadata.is_public and use_up(LIMIT, path, asked.address or ""):
        raise Refusal("temporarily_unavailable", Cause.TOO_MANY_REQUESTS, status=HTTPStatus.TOO_MANY_REQUESTS)
    return sent, client


def read(sent: ServerRequest, client: RegisteredClient, ignored: Collection[str] = ()) -> AuthorizationParameters:
    """Return the parameters of a request of this client, without those that are to be ignored."""
    values = {name: [value] for name, value in sent.form.items() if name not in ignored}
    values[naming.PARAMETER] = [*naming.split(sent.form.get(naming.PARAMETER))]
    found, _repeated = parameters.read({**values, "client_id": [client.client_id]})
    return found
