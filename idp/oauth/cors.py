"""CORS for the endpoints that browsers call as public clients: the origins of registered public clients, without credentials; and of
everybody where a client has no origin yet, at the registration and at what is published.
"""

from flask import Response, request

from idp.base.door.answer import Answer
from idp.base.door.asked import Asked
from idp.clients import origins

# What else browsers send and read: proofs of a key, and the nonces for them (RFC 9449, section 8).
PROOF, NONCE = "DPoP", "DPoP-Nonce"
AGENTS = "MCP-Protocol-Version"  # what agents of the Model Context Protocol send along with everything


def share_with_public_clients(asked: Asked, answer: Answer) -> Answer:
    """Let a registered public client's origin read the answer of an endpoint."""
    origin = asked.origin
    if origin is None:
        return answer
    answer.headers["Vary"] = "Origin"
    if origins.has_client(origin):
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Expose-Headers"] = f"WWW-Authenticate, {NONCE}"
        if asked.method == "OPTIONS":
            answer.headers |= _ahead("GET, POST")
    return answer


def share_with_everybody(asked: Asked, answer: Answer) -> Answer:
    """Let any page read what is published."""
    answer.headers |= _for_everybody(asked.method)
    return answer


def allow_everybody(response: Response) -> Response:
    """Let any page read the answer of a view."""
    response.headers.update(_for_everybody(request.method))
    return response


def _for_everybody(method: str) -> dict[str, str]:
    """Return the headers by which any page reads the answer, and sends what it takes: nothing here looks at cookies, and what is answered
    is for whoever asks."""
    open_to_all = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "WWW-Authenticate, Retry-After"}
    return open_to_all | (_ahead("GET, POST, PUT, DELETE") if method == "OPTIONS" else {})


def _ahead(methods: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": f"Authorization, Content-Type, {PROOF}, {AGENTS}",
        "Access-Control-Max-Age": "600",
    }
