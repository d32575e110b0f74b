"""Ory Hydra on PostgreSQL: tokens and sessions alone. It has no accounts and no pages: the benchmark plays its sign-in application."""

import http.client
import json
import shutil
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.bench import stores
from tests.bench.browsers import Browser, Walk
from tests.bench.home import home
from tests.bench.loads import Unexpected
from tests.bench.peers.peer import NEWER, REDIRECT_URI, Client, Peer, Site
from tests.support import services

HERE = Path(__file__).parent
MODULE, VERSION = "github.com/ory/hydra/v2", "v2.3.0"
SESSION = "ory_hydra_session_dev"
SCOPE = "openid profile email offline_access"


class Hydra(Peer):
    """Written in Go; its JWT access tokens are asked for by the machine's client alone."""

    name = "Hydra, PostgreSQL"
    version = VERSION.lstrip("v")
    needs = ("go",)
    told = (
        "Has no accounts, passwords or pages; the benchmark plays its sign-in application, whose work is not counted, while Hydra's part "
        "of an authorization is three redirects and four calls. Access tokens of people are opaque, those of machines are JWTs (ES256). "
        "Client secrets are hashed with PBKDF2, its default. Refresh tokens are always replaced."
    )
    lacks = frozenset({"refresh", "sign-in page", "password sign-in to code", *NEWER})

    def install(self) -> None:
        """Build it from its module."""
        place = home() / "hydra"
        place.mkdir(exist_ok=True)
        if (place / "hydra").exists() and (place / "version").exists() and (place / "version").read_text() == VERSION:
            return
        shutil.copy(HERE / "go.mod", place / "go.mod")
        self.run(["nice", "go", "get", "-tool", f"{MODULE}@{VERSION}"], home=place)
        self.run(["nice", "go", "build", "-p", "2", "-ldflags", "-s -w", "-o", "hydra", MODULE], home=place)
        (place / "version").write_text(VERSION)

    def start(self) -> None:
        """Migrate, serve both interfaces, make keys for ES256 and register clients; then start once more, for the clock."""
        self.admin_port = services.free_port()
        self._here = threading.local()
        program = str(home() / "hydra" / "hydra")
        self._configure()
        self.run([program, "migrate", "sql", "-e", "--yes", "-c", "hydra.json"])
        command = [program, "serve", "all", "--dev", "--sqa-opt-out", "-c", "hydra.json"]
        ready = f"http://127.0.0.1:{self.port}/.well-known/openid-configuration"
        process = self.serve(command)
        process.wait(ready)
        for keys in ("hydra.openid.id-token", "hydra.jwt.access-token"):
            self._admin("POST", f"/admin/keys/{keys}", {"alg": "ES256", "use": "sig", "kid": keys})
        web = self._client("web", ["authorization_code", "refresh_token"])
        mobile = self._client("mobile", ["authorization_code", "refresh_token"], token_endpoint_auth_method="none")
        machine = self._client("machine", ["client_credentials"], access_token_strategy="jwt", scope="jobs")
        process.stop()
        self.processes.remove(process)
        self._here = threading.local()
        self.first_answer = self.serve(command).wait(ready)
        self.site = Site(
            port=self.port,
            authorize="/oauth2/auth",
            token="/oauth2/token",
            userinfo="/userinfo",
            introspection="/admin/oauth2/introspect",
            introspection_port=self.admin_port,
            jwks="/.well-known/jwks.json",
            web=web,
            mobile=mobile,
            machine=machine,
            people=tuple({"subject": f"person{number}@example.org"} for number in range(4)),
            scope=SCOPE,
            machine_scope="jobs",
        )

    def material(self, row: str, material: Any, client: Client | None = None) -> Walk | None:
        """Walk the redirects of an authorization, since they are several and each is another."""
        if row != "authorize with a session":
            return None
        wanted = client or self.site.web
        sessions = self._sessions(material)
        numbers = iter(range(10**9))

        def steps() -> str:
            browser = Browser(cookies={(SESSION, "/"): sessions[next(numbers) % len(sessions)]})
            return self._authorize(browser, material.url(material.authorization_request(wanted)), "")

        return Walk(steps)

    def stores(self) -> list[int]:
        """Return the cluster."""
        return [stores.cluster().pid]

    def _sessions(self, material: Any) -> list[str]:
        """Sign people in, remembered, and return the sessions' cookies."""
        if not hasattr(self, "_signed_in"):
            self._signed_in = []
            for person in self.site.people * 4:
                browser = Browser()
                self._authorize(browser, material.url(material.authorization_request(self.site.web)), person["subject"])
                self._signed_in.append(browser.cookies[SESSION, "/"])
        return self._signed_in

    def _authorize(self, browser: Browser, url: str, subject: str) -> str:
        """Walk to the code, and answer for the sign-in application what Hydra asks of it."""
        try:
            for _ in range(8):
                status, location, body = browser.send("GET", url)
                found = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
                if "code" in found and location.startswith(REDIRECT_URI):
                    return found["code"]
                if "login_challenge" in found:
                    url = self._answer("login", found["login_challenge"], subject)
                elif "consent_challenge" in found:
                    url = self._answer("consent", found["consent_challenge"], subject)
                elif location and not location.startswith(REDIRECT_URI):
                    url = location
                else:
                    raise Unexpected(f"Hydra answered {status} {location[:200]} {body[:200]}")
        finally:
            browser.close()
        raise Unexpected("Hydra redirects for ever")

    def _answer(self, step: str, challenge: str, subject: str) -> str:
        """Accept a step as its documentation tells: look, then accept."""
        path = f"/admin/oauth2/auth/requests/{step}"
        asked = self._admin("GET", f"{path}?{step}_challenge={challenge}")
        answer: dict[str, Any] = {"remember": True, "remember_for": 3600}
        if step == "login":
            answer["subject"] = asked["subject"] or subject
        else:
            answer |= {"grant_scope": asked["requested_scope"], "session": {"id_token": {"name": "Ann Bench"}}}
        return str(self._admin("PUT", f"{path}/accept?{step}_challenge={challenge}", answer)["redirect_to"])

    def _client(self, name: str, grants: list[str], **members: str) -> Client:
        asked = {"client_name": name, "grant_types": grants, "scope": SCOPE, "skip_consent": True, **members}
        if "authorization_code" in grants:
            asked |= {"redirect_uris": [REDIRECT_URI], "response_types": ["code"]}
        told = self._admin("POST", "/admin/clients", asked)
        return Client(told["client_id"], told.get("client_secret", ""))

    def _admin(self, method: str, path: str, asked: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the interface of administrators, over a connection of each thread's own."""
        if not hasattr(self._here, "connection"):
            self._here.connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=60)
        connection = self._here.connection
        body = json.dumps(asked) if asked is not None else None
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):  # it had been quiet for long
            connection.close()
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
        told = answer.read()
        if answer.status >= 400:
            raise Unexpected(f"Hydra's {path.partition('?')[0]} answered {answer.status}: {told[:300]!r}")
        found: dict[str, Any] = json.loads(told or b"{}")
        return found

    def _configure(self) -> None:
        issuer = f"http://127.0.0.1:{self.port}"
        told = {
            "dsn": stores.database("hydra").url("postgres") + "?sslmode=disable&max_conns=20",
            "serve": {
                "public": {"host": "127.0.0.1", "port": self.port},
                "admin": {"host": "127.0.0.1", "port": self.admin_port},
            },
            "urls": {
                "self": {"issuer": issuer},
                "login": f"{issuer}/played/login",
                "consent": f"{issuer}/played/consent",
            },
            "secrets": {"system": ["a-secret-of-the-benchmark-alone"]},
            "oidc": {"subject_identifiers": {"supported_types": ["public"]}},
            "log": {"level": "error"},
            "sqa": {"opt_out": True},
        }
        (self.directory / "hydra.json").write_text(json.dumps(told))
