"""The examples of README.md and docs/integrate.md run as they are printed, but for the provider's address."""

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from werkzeug.serving import make_server

from idp import create_app
from tests.conftest import dispose, make_settings, sqlite_url
from tests.factories import Provider, parameters

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHOP = "http://127.0.0.1:8000/callback"


@pytest.fixture
def provider(tmp_path: Path, _sqlite_template: Path) -> Iterator[Provider]:
    """A provider that serves on a port of its own, which its issuer names."""
    shutil.copyfile(_sqlite_template, tmp_path / "idp.db")
    server = make_server("127.0.0.1", 0, lambda environ, start: app(environ, start), threaded=True)
    issuer = f"http://127.0.0.1:{server.server_port}"
    app = create_app(make_settings(tmp_path, sqlite_url(tmp_path), issuer=issuer))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Provider(app)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        dispose(app)


def run_example(page: str, printed_issuer: str, provider: Provider) -> dict[str, Any]:
    """Run the one Python example of a page against the provider; return its names."""
    (example,) = CODE.findall((ROOT / page).read_text())
    assert printed_issuer in example
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(example.replace(printed_issuer, provider.issuer), page, "exec"), names)  # noqa: S102 - our own page
    return names


def test_the_flask_application_of_the_readme_signs_in(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application in README.md sends a person to the provider and gets their claims."""
    client = provider.client(redirect_uris=[SHOP])
    monkeypatch.setenv("CLIENT_ID", client.client_id)
    monkeypatch.setenv("CLIENT_SECRET", client.secret or "")
    example = run_example("README.md", "http://127.0.0.1:5000", provider)
    shop = example["app"].test_client()
    start = shop.get("/", base_url="http://127.0.0.1:8000")
    ann = provider.person()
    browser = provider.browser(ann)
    consent = browser.get(start.location.removeprefix(provider.issuer))
    answer = browser.follow(browser.submit(consent.location, decision="allow"), client)
    parameters(answer, client)
    claims = shop.get(answer.location).json
    assert (claims["sub"], claims["email"], claims["email_verified"]) == (ann.sub, ann.email, True)


def test_the_example_verifies_access_tokens(provider: Provider) -> None:
    """The code in docs/integrate.md takes an access token from the published keys alone, and no ID token or forgery."""
    client = provider.client()
    tokens = provider.grant(client, provider.browser(provider.person()))
    read_access_token = run_example("docs/integrate.md", "https://id.example.com", provider)["read_access_token"]
    claims = read_access_token(tokens["access_token"])
    assert (claims["client_id"], claims["scope"]) == (client.client_id, "openid")
    head, body, signature = tokens["access_token"].split(".")
    ann = provider.person("ann@example.com")
    signed_in = provider.http.post("/auth/token/", json={"email": ann.email, "password": ann.password})
    claims = read_access_token(signed_in.json["access_token"])
    assert (claims["sub"], claims["scope"]) == (ann.sub, "account")
    for bad in (tokens["id_token"], signed_in.json["refresh_token"], f"{head}.{body}.{signature[::-1]}", "rubbish"):
        with pytest.raises(jwt.PyJWTError):
            read_access_token(bad)
