"""A token request in its phases (RFC 6749, section 3.2): one list, through which every grant goes.

Authlib chooses the grant by `grant_type` and makes errors of what is raised. What happens then is here, in the same order for each of
them: who asks, with which key, what they have a right to, what is told, and the tokens at last. A grant says how its right is proved
(`Grant.claim`), and can leave out nothing of the rest. A wing adds its grant by `Server.register_grant`, and edits no other.
"""

from collections.abc import Callable
from typing import Any, final

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin, UnauthorizedClientError

from idp.clients.metadata import AUTH_METHODS
from idp.clients.registered import RegisteredClient
from idp.oauth import audiences, constraint, rich_requests
from idp.oauth.constraint import Confirmation
from idp.oauth.grants import minting
from idp.oauth.grants.entitlement import Entitlement
from idp.oauth.server import ServerRequest


class Grant(BaseGrant, TokenEndpointMixin):
    """A grant at the token endpoint. What `PHASES` find out is kept here, each by the phase of its name."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)
    IS_FOR_ANOTHER_SERVER = False  # whether what it issues is no token of this server, but a grant for another one

    request: ServerRequest
    client: RegisteredClient
    confirmation: Confirmation | None
    resource: str | None
    details: list[dict[str, Any]] | None
    entitlement: Entitlement
    answer: dict[str, Any]

    def claim(self) -> Entitlement:
        """Return what the request has a right to; what may be used once is used up by then, by one statement.

        Raises:
            OAuth2Error: `invalid_grant`, or whatever else is wrong; nothing is issued.
        """
        raise NotImplementedError

    @final
    def validate_token_request(self) -> None:
        """Leave everything to the phases."""

    @final
    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Go through the phases and return status, members and headers of the answer (RFC 6749, section 5.1)."""
        for phase in FOREIGN_PHASES if self.IS_FOR_ANOTHER_SERVER else PHASES:
            phase(self)
        return 200, self.answer, [*self.TOKEN_RESPONSE_HEADER, *constraint.headers(self.request.asked, self.client)]


def prove_client(grant: Grant) -> None:
    """Find out who asks, and that the client is registered for this grant (RFC 6749, section 3.2.1)."""
    grant.request.client = client = grant.authenticate_token_endpoint_client()
    if not client.check_grant_type(grant.GRANT_TYPE):
        raise UnauthorizedClientError(f"The client is not authorized to use 'grant_type={grant.GRANT_TYPE}'")


def constrain_sender(grant: Grant) -> None:
    """Find out to which key the tokens are to be bound (RFC 9449, section 5), and that a client which needs one shows it."""
    grant.confirmation = constraint.demand(grant.request.asked, grant.client)


def name_resource(grant: Grant) -> None:
    """Find out for which API the access token is asked for (RFC 8707, section 2.2), and that the client may ask for it."""
    grant.resource = audiences.read(grant.request.form.get("resource"), grant.client)


def name_details(grant: Grant) -> None:
    """Find out what is asked for in detail (RFC 9396, section 6), and that the client may ask for it."""
    grant.details = rich_requests.read(grant.request.form.get(rich_requests.PARAMETER), grant.client)


def claim_right(grant: Grant) -> None:
    """Have the grant claim what the request has a right to; of that the client gets what it is still registered for."""
    grant.entitlement = grant.claim().narrow(grant.client)


def claim_answer(grant: Grant) -> None:
    """Have the grant make the answer itself: what is for another server has nothing of the scopes, APIs and details of this one."""
    grant.answer = grant.claim().members


def choose_audience(grant: Grant) -> None:
    """Find out for whom the access token is: one audience, which was granted, with the scopes of that one alone."""
    grant.entitlement = audiences.narrow(grant.entitlement, grant.resource, grant.client)


def choose_details(grant: Grant) -> None:
    """Find out which of what was granted in detail the token says: no more than that, and for its audience."""
    grant.entitlement = rich_requests.narrow(grant.entitlement, grant.details, grant.client)


def mint_tokens(grant: Grant) -> None:
    """Gather what is told of the person, and sign."""
    grant.answer = minting.answer(grant.client, grant.entitlement, grant.confirmation)


PHASES: tuple[Callable[[Grant], None], ...] = (
    prove_client,
    constrain_sender,
    name_resource,
    name_details,
    claim_right,
    choose_audience,
    choose_details,
    mint_tokens,
)
FOREIGN_PHASES: tuple[Callable[[Grant], None], ...] = (prove_client, constrain_sender, claim_answer)
