"""An agent: PyPI's `mcp` as a client. It prints the address that its person has to open, one a line, and at last what it learnt.

`DOCUMENT_URL` is the address of its metadata, where it has one; without, it registers itself.
"""

import asyncio
import json
import os
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

PORT, SERVER = int(os.environ["AGENT_PORT"]), os.environ["MCP_URL"]


class Memory:
    """What the agent remembers while it runs."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None
    granted: list[OAuthToken] = []  # noqa: RUF012 - of one agent

    async def get_tokens(self) -> OAuthToken | None:
        """Return the tokens."""
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """Keep new tokens."""
        self.tokens = tokens
        self.granted.append(tokens)

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """Return who the agent is at the provider."""
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Keep who the agent is."""
        self.client = client_info


async def open_address(url: str) -> None:
    """Send the person somewhere."""
    print(json.dumps({"open": url}), flush=True)


async def listen() -> AuthorizationCodeResult:
    """Wait for the person to come back to a port of the agent's own."""
    came: asyncio.Future[dict[str, list[str]]] = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readline()).split()[1].decode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nback")
        await writer.drain()
        writer.close()
        if urlsplit(path).path == "/callback" and not came.done():
            came.set_result(parse_qs(urlsplit(path).query))

    async with await asyncio.start_server(answer, "127.0.0.1", PORT):
        told = await came
    return AuthorizationCodeResult(code=told["code"][0], state=told["state"][0], iss=told["iss"][0])


async def main() -> None:
    """Ask who one is; refresh, ask again; order what takes more scopes."""
    memory = Memory()
    metadata = OAuthClientMetadata(
        client_name="Travel Agent",
        redirect_uris=[AnyUrl(f"http://127.0.0.1:{PORT}/callback")],
        grant_types=["authorization_code", "refresh_token"],
        token_endpoint_auth_method="none",  # noqa: S106 - a method's name
    )
    document = os.environ.get("DOCUMENT_URL")
    auth = OAuthClientProvider(SERVER, metadata, memory, open_address, listen, client_metadata_url=document)
    learnt = {}
    async with (
        httpx2.AsyncClient(auth=auth, timeout=60) as http,
        streamable_http_client(SERVER, http_client=http) as streams,
        ClientSession(*streams[:2]) as session,
    ):
        await session.initialize()
        learnt["first"] = await ask(session, "whoami")
        auth.context.token_expiry_time = 1  # long ago: the next request refreshes first
        learnt["refreshed"] = await ask(session, "whoami")
        learnt["ordered"] = await ask(session, "order")
    learnt["client_id"] = memory.client.client_id if memory.client else None
    learnt["tokens"] = [one.model_dump() for one in memory.granted]
    print(json.dumps(learnt), flush=True)


async def ask(session: ClientSession, tool: str) -> object:
    """Call a tool and return what it answers."""
    answer = await session.call_tool(tool)
    return json.loads(answer.content[0].text)  # type: ignore[union-attr]


if __name__ == "__main__":
    asyncio.run(main())
