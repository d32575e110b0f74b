"""A small stand-in for GitHub, 42 and Google: real HTTP on loopback, their documented addresses, members and errors.

It grants at once. What it is asked is kept in `asked`; `faults` lets one of its paths misbehave.
"""

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

CLIENT_ID, CLIENT_SECRET = "a-client-of-the-tests", "a secret of that client"
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())


@dataclass
class Human:
    """Somebody with an account at the provider, presently signed in there."""

    id: Any = 583231
    login: str = "octocat"
    email: str | None = "ann@example.org"
    verified: Any = True
    name: str | None = "Ann Example"


@dataclass
class Fault:
    """How a path misbehaves: what it answers instead, and after how many seconds."""

    status: int = 200
    body: bytes = b""
    seconds: float = 0
    location: str | None = None


@dataclass
class Code:
    """An authorization code, with what it was asked for with."""

    query: dict[str, str]
    human: Human


@dataclass
class StandIn:
    """What the server answers with. `claims` and `header` change the ID token, `signed_with` its key; `denies` says no."""

    url: str = ""
    human: Human = field(default_factory=Human)
    denies: bool = False
    is_strict: bool = False  # says of a wrong secret that the client is wrong, as RFC 6749, section 5.2, has it
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "ES256"
    signed_with: Any = KEY
    published: list[tuple[str, Any]] = field(default_factory=lambda: [("one", KEY)])
    kid: str = "one"
    strange: list[Any] = field(default_factory=list)  # what else is in the published set
    faults: dict[str, Fault] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    encodings: set[str | None] = field(default_factory=set)  # what was asked for as Accept-Encoding
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, Human] = field(default_factory=dict)

    def reset(self) -> None:
        """Forget everything but the address."""
        self.__init__(self.url)  # type: ignore[misc]

    def count(self, path: str) -> int:
        """Return how often a path was asked."""
        return sum(asked == path for asked, _values in self.asked)

    # What the three share (RFC 6749)

    def authorize(self, query: dict[str, str]) -> str:
        """Return the redirect of an authorization response."""
        if self.denies:
            answer = {"error": "access_denied", "error_description": "The user has denied your application access."}
        else:
            code = secrets.token_hex(10)
            self.codes[code] = Code(query, self.human)
            answer = {"code": code}
        return f"{query['redirect_uri']}?{urlencode(answer | {'state': query['state']})}"

    def redeem(self, form: dict[str, str]) -> tuple[str, Code] | None:
        """Return an access token for a code of this client's, once, with its redirect URI and verifier."""
        code = self.codes.pop(form.get("code", ""), None)
        if code is None or (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return None
        if form.get("redirect_uri") != code.query["redirect_uri"]:
            return None
        if "code_challenge" in code.query and code.query["code_challenge"] != _challenge(form.get("code_verifier", "")):
            return None
        token = f"gho_{secrets.token_hex(18)}"
        self.tokens[token] = code.human
        return token, code

    def sign_id_token(self, code: Code) -> str:
        """Return an ID token (OpenID Connect Core, section 2)."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": str(code.human.id),
            "iat": now,
            "exp": now + 3600,
            "nonce": code.query.get("nonce"),
            "email": code.human.email,
            "email_verified": code.human.verified,
            "given_name": "Ann",
        } | self.claims
        known = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(known, self.signed_with, self.algorithm, headers={"kid": self.kid})


class _Handler(BaseHTTPRequestHandler):
    stand: StandIn
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer the browser, and the calls of the programming interfaces."""
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if self._misbehaves(parts.path, query):
            return
        if parts.path in {"/login/oauth/authorize", "/oauth/authorize", "/o/authorize"}:
            self._answer(302, b"", {"Location": self.stand.authorize(query)})
        elif parts.path in {"/.well-known/openid-configuration", "/o/jwks"}:
            self._json(200, self._configuration() if parts.path.startswith("/.well") else self._jwks())
        else:
            self._answer_caller(parts.path)

    def do_POST(self) -> None:
        """Answer the three token endpoints."""
        form = dict(parse_qsl(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
        if self._misbehaves(self.path, form):
            return
        if self.headers.get("Authorization", "").startswith("Basic "):
            pair = base64.b64decode(self.headers["Authorization"][6:]).decode().partition(":")
            form |= {"client_id": pair[0], "client_secret": pair[2]}
        if self.stand.is_strict and (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            self._json(401, {"error": "invalid_client"})
            return
        redeemed = (
            self.stand.redeem(form) if form.get("grant_type", "authorization_code") == "authorization_code" else None
        )
        if redeemed is None:
            # GitHub answers errors with 200, the others as RFC 6749 says.
            is_github = self.path == "/login/oauth/access_token"
            self._json(200 if is_github else 401, {"error": "bad_verification_code" if is_github else "invalid_grant"})
            return
        token, code = redeemed
        answers: dict[str, dict[str, Any]] = {
            "/login/oauth/access_token": {"access_token": token, "scope": "user:email", "token_type": "bearer"},
            "/oauth/token": {
                "access_token": token,
                "token_type": "bearer",
                "expires_in": 7200,
                "scope": "public",
                "created_at": int(time.time()),
            },
            "/o/token": {"access_token": token, "token_type": "Bearer", "expires_in": 3599},
        }
        answer = answers[self.path]
        if self.path == "/o/token":
            answer["id_token"] = self.stand.sign_id_token(code)
        self._json(200, answer)

    def _answer_caller(self, path: str) -> None:
        human = self.stand.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
        if human is None:
            self._json(401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"})
        elif path == "/user" and self.headers.get("User-Agent", "").startswith("Gatehouse"):
            self._json(200, {"login": human.login, "id": human.id, "name": human.name, "email": None})
        elif path == "/user/emails":
            other = {"email": "other@example.org", "primary": False, "verified": True, "visibility": None}
            own = {"email": human.email, "primary": True, "verified": human.verified, "visibility": "private"}
            self._json(200, [other, own] if human.email else [])
        elif path == "/v2/me":
            names = {"first_name": "Ann", "last_name": "Example", "usual_full_name": human.name}
            self._json(200, {"id": human.id, "email": human.email, "login": human.login, **names})
        elif path == "/o/userinfo":
            claims = {"sub": str(human.id), "email": human.email, "email_verified": human.verified}
            self._json(200, {name: value for name, value in claims.items() if value is not None})
        else:
            self._json(404, {"message": "Not Found"})

    def _configuration(self) -> dict[str, Any]:
        url = self.stand.url
        return {
            "issuer": url,
            "authorization_endpoint": f"{url}/o/authorize",
            "token_endpoint": f"{url}/o/token",
            "jwks_uri": f"{url}/o/jwks",
            "userinfo_endpoint": f"{url}/o/userinfo",
        }

    def _jwks(self) -> dict[str, Any]:
        written = jwt.algorithms.ECAlgorithm.to_jwk
        rows = [(kid, json.loads(written(key.public_key()))) for kid, key in self.stand.published]
        return {"keys": [*self.stand.strange, *(row | {"kid": kid, "alg": "ES256", "use": "sig"} for kid, row in rows)]}

    def _misbehaves(self, path: str, values: dict[str, str]) -> bool:
        self.stand.asked.append((path, values))
        self.stand.encodings.add(self.headers.get("Accept-Encoding"))
        fault = self.stand.faults.get(path)
        if fault is None:
            return False
        time.sleep(fault.seconds)
        self._answer(fault.status, fault.body, {"Location": fault.location} if fault.location else {})
        return True

    def _json(self, status: int, body: Any) -> None:
        self._answer(status, json.dumps(body).encode(), {"Content-Type": "application/json; charset=utf-8"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Stay quiet."""


@contextmanager
def running(certificate: tuple[Path, Path] | None = None) -> Iterator[StandIn]:
    """Serve on a free loopback port for as long as the block lasts, with a certificate and its key over HTTPS."""
    stand = StandIn()
    handler = type("Handler", (_Handler,), {"stand": stand})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    stand.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stand
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
