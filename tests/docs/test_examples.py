"""The examples of README.md and docs/integrate.md run as they are printed, but for the provider's address."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from werkzeug.serving import make_server

from idp import create_app
from idp.admin.quickstart import flask_commands, flask_program
from tests.conftest import dispose, make_settings, sqlite_url
from tests.factories import Client, Provider, parameters
from tests.support import services
from tests.two_factors import give_app

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^(export CLIENT_ID=.*?\n)```", re.MULTILINE | re.DOTALL)
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


def eventually(ask: Callable[[], requests.Response]) -> requests.Response:
    """Return an answer of a server that is only starting."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return ask()
        except requests.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def run_example(page: str, printed_issuer: str, provider: Provider) -> dict[str, Any]:
    """Run the one Python example of a page against the provider; return its names."""
    (example,) = CODE.findall((ROOT / page).read_text())
    assert printed_issuer in example
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(example.replace(printed_issuer, provider.issuer), page, "exec"), names)  # noqa: S102 - our own page
    return names


def walk(provider: Provider, client: Client, start: str) -> str:
    """Sign somebody in at the provider for a request that an application has begun; return where the browser is sent at the end."""
    browser = provider.browser(provider.person())
    consent = browser.get(start.removeprefix(provider.issuer))
    answer = browser.follow(browser.submit(consent.location, decision="allow"), client)
    parameters(answer, client)
    return str(answer.location)


def test_readme_and_the_administrators_page_print_one_text() -> None:
    """The program and the commands in README.md are those that the page of a client prints, for README's own example."""
    readme = (ROOT / "README.md").read_text()
    (program,) = CODE.findall(readme)
    assert program == flask_program("http://localhost:5000", SHOP, "openid profile email")
    commands = flask_commands("...", SHOP)
    assert f"```\n{commands}```" in readme
    imported = set(re.findall(r"^(?:from|import) (\w+)", program, re.MULTILINE)) - set(sys.stdlib_module_names)
    installed = re.search(r"^pip install (.+)$", commands, re.MULTILINE)
    assert installed is not None
    assert imported | {"requests"} == set(installed[1].split())  # requests is what Authlib's client asks with


def test_the_application_of_the_readme_signs_in(provider: Provider, tmp_path: Path) -> None:
    """The program in README.md, started in a process of its own by the lines below it, signs a person in and gets their claims."""
    port = services.free_port()
    here = SHOP.replace(":8000", f":{port}")
    client = provider.client(redirect_uris=[here])
    (program,) = CODE.findall((ROOT / "README.md").read_text())
    (tmp_path / "shop.py").write_text(program.replace("http://localhost:5000", provider.issuer).replace(SHOP, here))
    commands = COMMANDS.search((ROOT / "README.md").read_text())
    assert commands is not None
    lines = commands[1].replace("CLIENT_ID=...", f"CLIENT_ID={client.client_id}")
    lines = lines.replace("CLIENT_SECRET='...'", f"CLIENT_SECRET={client.secret}").replace("8000", str(port))
    *exports, start = lines.splitlines()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shop = subprocess.Popen(
        ["/bin/sh", "-ec", "\n".join([*exports, f"exec {start}"])],
        cwd=tmp_path,
        env={"PATH": path, "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        browser = requests.Session()
        browser.trust_env = False
        begun = eventually(lambda: browser.get(here.removesuffix("callback"), allow_redirects=False, timeout=10))
        claims = browser.get(walk(provider, client, begun.headers["Location"]), timeout=10).json()
        assert (claims["email"], claims["email_verified"]) == ("ann@example.org", True)
    finally:
        shop.terminate()
        shop.wait(10)


@pytest.mark.parametrize(
    ("redirect_uri", "members"),
    [
        ("http://127.0.0.1:8000/", {}),
        ("https://shop.example/caf%C3%A9/cb?from=here", {}),
        ("http://[::1]:8000/sign%20in", {"token_endpoint_auth_method": "client_secret_post"}),
        ("http://localhost:8000/cb", {"token_endpoint_auth_method": "none"}),
    ],
)
def test_the_program_fits_every_client_that_it_is_printed_for(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, redirect_uri: str, members: dict[str, str]
) -> None:
    """Wherever the callback lies, and with a secret or without, the printed program signs in, from the address that it begins at."""
    client = provider.client(redirect_uris=[redirect_uri], **members)
    monkeypatch.setenv("CLIENT_ID", client.client_id)
    monkeypatch.setenv("CLIENT_SECRET", client.secret or "")
    program = flask_program(provider.issuer, redirect_uri, "openid email", has_secret=client.secret is not None)
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(program, "shop.py", "exec"), names)  # noqa: S102 - our own text
    origin = redirect_uri[: redirect_uri.index("/", 8)]
    shop = names["app"].test_client()
    start = shop.get("/start" if redirect_uri.endswith(":8000/") else "/", base_url=origin)
    back = walk(provider, client, start.location)
    assert shop.get(back.removeprefix(origin), base_url=origin).json["email"] == "ann@example.org"


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


def test_an_api_asks_for_more(provider: Provider) -> None:
    """The API of docs/step-up.md refuses a token of one factor with the challenge, and takes the one that its parameters bring."""
    read = run_example("docs/integrate.md", "https://id.example.com", provider)["read_access_token"]
    (example,) = CODE.findall((ROOT / "docs/step-up.md").read_text())
    names: dict[str, Any] = {"__name__": "example", "read_access_token": read}
    exec(compile(example, "docs/step-up.md", "exec"), names)  # noqa: S102 - our own page
    api = names["app"].test_client()
    client, person = provider.client(first_party=True), provider.person()
    browser = provider.browser(person)

    def pay(token: str) -> Any:
        return api.post("/payments", headers={"Authorization": f"Bearer {token}"})

    refused = pay(provider.grant(client, browser)["access_token"])
    assert refused.status_code == 401
    told = dict(re.findall(r'(\w+)="([^"]*)"', refused.headers["WWW-Authenticate"]))
    assert told.pop("error") == "insufficient_user_authentication"
    app = give_app(provider, person)
    asked = browser.authorize(client, **told)
    resumed = browser.submit(asked.location, code=app.code())
    strong = provider.redeem(client, parameters(browser.follow(resumed, client), client)["code"]).json["access_token"]
    assert pay(strong).status_code == 201
    later = jwt.decode(strong, options={"verify_signature": False}) | {"auth_time": int(time.time()) - 301}
    with names["app"].test_request_context():
        assert names["challenge"](later, "2", 300).status_code == 401
