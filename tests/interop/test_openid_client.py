"""A relying party of another make (npm's openid-client) signs in, refreshes and signs out through a real browser."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import services
from tests.support.chromium import Chromium
from tests.support.serving import RunningServer, serve

HERE = Path(__file__).parent
PASSWORD = "correct horse battery"


@contextmanager
def relying_party(server: RunningServer, client: dict[str, str], port: int) -> Iterator[str]:
    """Run the relying party on a port and yield its address."""
    arguments = [server.url, client["client_id"], client.get("client_secret", "-"), str(port)]
    process = subprocess.Popen(
        ["node", HERE / "openid_client.mjs", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line == "ready\n", line + process.stdout.read()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.parametrize(("kind", "algorithm"), [("--public", "ES256"), ("--first-party", "RS256")])
def test_openid_client_signs_in_and_out(chromium: Chromium, kind: str, algorithm: str) -> None:
    """openid-client, public and confidential, gets claims it verifies, refreshes by its kind's rule, and signs out."""
    port = services.free_port()
    home = f"http://127.0.0.1:{port}"
    with serve({"IDP_WORKERS": "2"}) as server:
        made = server.idp(
            "client", "create", "--name", "Interop", kind, "--redirect-uri", f"{home}/callback", "--id-token-alg",
            algorithm, "--post-logout-redirect-uri", f"{home}/goodbye",
        )  # fmt: skip
        server.idp("user", "create", "--email", "ann@example.com", "--password-stdin", "--verified", stdin=PASSWORD)
        with relying_party(server, json.loads(made), port), chromium.page() as page:
            page.goto(home)
            page.fill("#username", "ann@example.com")
            page.fill("#password", PASSWORD)
            page.click("#signin-submit")
            if kind == "--public":
                page.click("#consent-allow")
            answer = json.loads(page.inner_text("body"))
            assert answer["userinfo"]["email"] == "ann@example.com"
            assert answer["userinfo"]["sub"] == answer["claims"]["sub"]
            assert answer["claims"]["amr"] == ["pwd"]
            assert answer["rotated"] is (kind == "--public")
            page.goto(answer["logout"])
            assert json.loads(page.inner_text("body")) == {"path": "/goodbye?state=leaving"}
            page.goto(home)
            page.wait_for_selector("#signin-submit")
