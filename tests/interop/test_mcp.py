"""The Model Context Protocol: an agent finds the provider by an MCP server's metadata, and its person signs in for it.

Each library plays both: the server, protected by this provider (RFC 9728), and the agent, which says who it is by registering itself or
by its own address, refreshes its token, and asks for a wider one when a tool wants more (`insufficient_scope`).

The agents send `resource` (RFC 8707): the audience of their tokens is the MCP server's address, which is registered as an API.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest
from playwright.sync_api import Page

from tests.base.fetch.host import Host, answer, running
from tests.interop.parties import HERE, Party, provider
from tests.support import services
from tests.support.certificates import make_certificate
from tests.support.chromium import Chromium

pytestmark = pytest.mark.slow

LIBRARIES = {
    "python": (sys.executable, "mcp_server.py", "mcp_client.py"),
    "node": ("node", "mcp_server.mjs", "mcp_client.mjs"),
}


@contextmanager
def published(host: Host, port: int) -> Iterator[str]:
    """Publish an agent's document, and yield its address."""
    url = f"{host.url}/agent/client.json"
    document = {
        "client_id": url,
        "client_name": "Travel Agent",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    }
    host.reply = answer(json.dumps(document).encode(), "Content-Type: application/json")
    yield url


def run_agent(command: list[str], environment: dict[str, str], page: Page) -> tuple[dict[str, Any], list[str]]:
    """Run an agent, and do as its person what it asks for; return what it learnt, and what the consent pages said."""
    read: list[str] = []
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as agent:
        assert agent.stdout is not None
        try:
            for line in agent.stdout:
                told = json.loads(line)
                if "open" not in told:
                    return told, read
                page.goto(told["open"])
                if not read:
                    page.fill("#username", "ann@example.com")
                    page.fill("#password", "correct horse battery")
                    page.click("#signin-submit")
                page.wait_for_selector("#consent-allow")
                read.append(page.inner_text("main"))
                page.click("#consent-allow")
                page.wait_for_url("**/callback?**")
        finally:
            agent.kill()
            _, problems = agent.communicate()
        raise AssertionError(f"the agent ended early:\n{problems[-6000:]}")


def check(learnt: dict[str, Any], party: Party, client_id: str) -> None:
    """Check that each tool heard of the same person and agent, and what the tokens were."""
    first, refreshed, ordered = (learnt[name] for name in ("first", "refreshed", "ordered"))
    assert first["sub"] == refreshed["sub"] == ordered["sub"]
    assert {one["client_id"] for one in (first, refreshed, ordered)} == {client_id}
    assert set(first["scopes"]) == {"tea.look"}
    assert set(ordered["scopes"]) == {"tea.look", "tea.order"}
    tokens = learnt["tokens"]
    assert len({one["access_token"] for one in tokens}) == len(tokens) == 3
    assert len({one["refresh_token"] for one in tokens}) == 3  # those of an agent without a secret rotate
    claims = [jwt.decode(one["access_token"], options={"verify_signature": False}) for one in tokens]
    assert {one["aud"] for one in claims} == {f"{party.home}/mcp"}


def register_server(party: Party) -> None:
    """Register the MCP server as an API, whose scopes agents get that register themselves."""
    words = ("--scope", "tea.look Look at the menu", "--scope", "tea.order Order tea", "--self-registration")
    party.provider.idp("resource", "create", f"{party.home}/mcp", "--name", "Tea House", *words)


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_agent_that_registers_itself(chromium: Chromium, tmp_path: Path, library: str) -> None:
    """Registration, sign-in, refresh and step-up work with the library's server and agent (RFC 7591, 8414, 9728)."""
    runner, server, client = LIBRARIES[library]
    with provider(tmp_path, IDP_REGISTRATION="open") as party, chromium.page() as page:
        party.client = {"client_id": ""}
        register_server(party)
        with party.running([runner, HERE / server]):
            environment = party.environment({"MCP_URL": f"{party.home}/mcp", "AGENT_PORT": str(services.free_port())})
            learnt, read = run_agent([runner, str(HERE / client)], environment, page)
        check(learnt, party, learnt["client_id"])
        assert len(read) == 2
        assert "Travel Agent" in read[0]
        assert "Nobody here has checked this app" not in read[0]


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_agent_with_an_address(chromium: Chromium, tmp_path: Path, library: str) -> None:
    """With its document's address as client_id nothing is registered, and the consent page names its host each time."""
    runner, server, client = LIBRARIES[library]
    certificate = make_certificate(tmp_path)
    with running(certificate) as host:
        settings = {
            "IDP_CLIENT_ID_METADATA_HOSTS": host.name,
            "IDP_ALLOW_PRIVATE_FETCH": "true",
            "IDP_TRUSTED_CA_FILE": str(certificate[0]),
        }
        port = services.free_port()
        with provider(tmp_path, **settings) as party, published(host, port) as url, chromium.page() as page:
            party.client = {"client_id": url}
            register_server(party)
            with party.running([runner, HERE / server]):
                more = {"MCP_URL": f"{party.home}/mcp", "AGENT_PORT": str(port), "DOCUMENT_URL": url}
                learnt, read = run_agent([runner, str(HERE / client)], party.environment(more), page)
            check(learnt, party, url)
            assert all(f"{host.name}:{host.port} says" in text for text in read)
            (row,) = [json.loads(line) for line in party.provider.idp("client", "list").splitlines()]
            assert row["client_id"] == url
