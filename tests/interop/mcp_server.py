"""An MCP server whose tools are for people of the provider: PyPI's `mcp`, with metadata of RFC 9728 and tokens verified by PyJWT.

One tool wants a scope that its agent has not asked for at first, and says so in the manner of RFC 6750, section 3.1.
"""

import asyncio
import os
from typing import Any

import jwt
import uvicorn
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])
RESOURCE = f"http://127.0.0.1:{PORT}/mcp"
KEYS = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json")


class Verifier:
    """Takes the provider's access tokens (RFC 9068)."""

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return what a good token says; None for any other."""
        try:
            claims = await asyncio.to_thread(self._read, token)
        except jwt.InvalidTokenError:
            return None
        scopes, subject = claims["scope"].split(), claims["sub"]
        return AccessToken(
            token=token, client_id=claims["client_id"], scopes=scopes, expires_at=claims["exp"], subject=subject
        )

    def _read(self, token: str) -> dict[str, Any]:
        key = KEYS.get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=["ES256"], audience=RESOURCE, issuer=ISSUER)


server = MCPServer(
    "Tea House",
    token_verifier=Verifier(),
    auth=AuthSettings.model_validate(  # of texts: an AnyHttpUrl would put a slash behind the issuer
        {
            "issuer_url": ISSUER,
            "resource_server_url": RESOURCE,
            "required_scopes": ["tea.look"],
            "validate_token_resource": False,  # the verifier looks at the audience
        }
    ),
)


@server.tool()
def whoami() -> dict[str, Any]:
    """Say who asks, and by which agent."""
    token = get_access_token()
    assert token is not None
    return {"sub": token.subject, "client_id": token.client_id, "scopes": token.scopes}


@server.tool()
def order() -> dict[str, Any]:
    """Order tea; wants the scope tea.order."""
    return whoami()


class StepUp:
    """Asks for a wider token where a tool wants one (insufficient_scope)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 to an order without the scope tea.order."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self.app(scope, receive, send)
        message = await receive()
        headers = {name.lower(): value.decode() for name, value in scope["headers"]}
        found = await Verifier().verify_token(headers.get(b"authorization", "").removeprefix("Bearer "))
        if b'"order"' in message.get("body", b"") and found is not None and "tea.order" not in found.scopes:
            return await self._refuse(send)
        kept: list[Message] = [message]

        async def again() -> Message:
            return kept.pop() if kept else await receive()

        return await self.app(scope, again, send)

    async def _refuse(self, send: Send) -> None:
        challenge = 'Bearer error="insufficient_scope", scope="tea.look tea.order"'
        headers = [(b"www-authenticate", challenge.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    uvicorn.run(StepUp(server.streamable_http_app()), host="127.0.0.1", port=PORT, log_level="info")
