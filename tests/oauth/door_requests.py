"""Requests to every address of the programs' door, good and bad, and their answers without what is new in each."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.factories import CALLBACK, VERIFIER, Provider

FORM = "application/x-www-form-urlencoded"
SPA = "https://spa.example"
PUBLISHED = (
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/jwks.json",
    "/.well-known/ssf-configuration",
)
SIGNALS = ("streams", "status", "subjects/add", "subjects/remove", "verification", "poll")
ADDRESSES = (
    *(
        "/oauth/token",
        "/oauth/revoke",
        "/oauth/introspect",
        "/oauth/userinfo",
        "/oauth/par",
        "/oauth/device",
        *PUBLISHED,
    ),
    *(f"/ssf/{name}" for name in SIGNALS),
)
JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
NEW = re.compile(r'"(iat|exp|auth_time|expiry|updated_at|jti|kid|x|y|n|reference|refresh_token|sub)":( ?)("[^"]*"|\d+)')

Case = tuple[str, str, str, dict[str, str], bytes]


class Stage:
    """Clients of each kind, a person, and tokens of theirs."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        scopes = "openid profile email offline_access reports"
        self.shop = provider.client(client_id="shop", scope=scopes, grant_types=_GRANTS)
        self.gone = provider.client(client_id="gone", grant_types=_GRANTS)
        self.app = provider.client(client_id="app", public=True, redirect_uris=[f"{SPA}/cb", CALLBACK], scope=scopes)
        self.signer = provider.client(client_id="signer", userinfo_signed_response_alg="ES256")
        self.browser = provider.browser(provider.person())
        self.good = provider.grant(self.shop, self.browser, "openid email offline_access", prompt="consent")
        self.signed = provider.grant(self.signer, self.browser)
        self.plain = provider.grant(self.shop, self.browser, "email")
        self.public = provider.grant(self.app, self.browser, "openid offline_access", prompt="consent")
        self.code = self.browser.answer(self.shop, scope="openid")["code"]
        self.used = self.browser.answer(self.shop, scope="openid")["code"]
        assert provider.redeem(self.shop, self.used).status_code == 200
        self.own = provider.token(self.shop, grant_type="client_credentials").json["access_token"]
        provider.disable(self.gone)

    def cases(self) -> Iterator[Case]:
        """Return name, method, path, headers and body of each."""
        for part in (_tokens, _tellings, _questions, _bodies, _everywhere):
            yield from part(self)


_GRANTS = ["authorization_code", "refresh_token", "client_credentials"]


def ask(stage: Stage, case: Case) -> dict[str, Any]:
    """Send a request and return its answer, with a mark for whatever is another each time."""
    _name, method, path, headers, body = case
    target, _, query = path.partition("?")
    response = stage.provider.http.open(
        target, method=method, query_string=query, headers=headers, data=body or None, base_url="http://127.0.0.1:5000"
    )
    if method != "HEAD" and response.status_code != 204:
        assert response.headers.pop("Content-Length") == str(len(response.data))
    text = NEW.sub(r'"\1":\2*', JWT.sub("<JWT>", response.text))
    names = {name: value for name, value in response.headers.items() if name not in {"Content-Length", "Date"}}
    if "Allow" in names:
        names["Allow"] = ", ".join(sorted(names["Allow"].split(", ")))
    return {"status": response.status_code, "headers": dict(sorted(names.items())), "body": text}


def _basic(client_id: str, secret: str | None) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret or ''}".encode()).decode()}


def _form(**values: str) -> bytes:
    return "&".join(f"{name}={value}" for name, value in values.items()).encode()


def _post(path: str, name: str, body: bytes, **headers: str) -> Case:
    told = {key.replace("_", "-"): value for key, value in headers.items()}
    return f"{path} {name}", "POST", path, {"Content-Type": FORM} | told, body


def _tokens(stage: Stage) -> Iterator[Case]:
    """Token requests: each grant, and each way to fail at proving who asks."""
    path, shop = "/oauth/token", _basic("shop", stage.shop.secret)
    own = _form(grant_type="client_credentials")
    yield _post(path, "own", own, **shop)
    yield _post(path, "own, a scope", own + b"&scope=reports", **shop)
    yield _post(path, "own, a foreign scope", own + b"&scope=openid", **shop)
    yield _post(path, "own, no scope of ours", own + b"&scope=gibberish", **shop)
    yield _post(path, "own, a scope too many", own + b"&scope=reports+gibberish", **shop)
    yield _post(path, "own, by post", own + f"&client_id=shop&client_secret={stage.shop.secret}".encode())
    yield _post(path, "own, from a page", own, Origin=SPA, **shop)
    yield _post(path, "own, from another page", own, Origin="https://evil.example", **shop)
    yield _post(path, "own, of a public one", own + b"&client_id=app")
    yield _post(path, "own, of one without the grant", own, **_basic("signer", stage.signer.secret))
    yield _post(path, "a wrong secret", own, **_basic("shop", "wrong"))
    yield _post(path, "a wrong secret by post", own + b"&client_id=signer&client_secret=wrong")
    yield _post(path, "no secret", own + b"&client_id=shop")
    yield _post(path, "an unknown one", own, **_basic("nobody", "x"))
    yield _post(path, "a disabled one", own, **_basic("gone", stage.gone.secret))
    yield _post(path, "broken Basic", own, Authorization="Basic %%%")
    yield _post(path, "another scheme", own, Authorization="Digest x")
    yield _post(path, "two methods", own + b"&client_secret=x", **shop)
    yield _post(path, "two names", own + b"&client_id=app", **shop)
    yield _post(path, "a bad assertion", own + b"&client_assertion=x&client_assertion_type=y")
    yield _post(path, "an unknown grant", _form(grant_type="password"), **shop)
    yield _post(path, "no grant", b"", **shop)
    yield _post(path, "an unknown code", _form(grant_type="authorization_code", code="x"), **shop)
    redirect = CALLBACK.replace(":", "%3A")
    code = _form(grant_type="authorization_code", redirect_uri=redirect)
    yield _post(path, "no code", code, **shop)
    yield _post(path, "a wrong verifier", code + f"&code={stage.code}&code_verifier={'x' * 43}".encode(), **shop)
    yield _post(path, "a code", code + f"&code={stage.code}&code_verifier={VERIFIER}".encode(), **shop)
    yield _post(path, "a used code", code + f"&code={stage.used}&code_verifier={VERIFIER}".encode(), **shop)
    refresh = _form(grant_type="refresh_token", refresh_token=stage.good["refresh_token"])
    yield _post(path, "a refresh", refresh, **shop)
    yield _post(path, "a refresh, less", refresh + b"&scope=openid", **shop)
    yield _post(path, "a refresh, more", refresh + b"&scope=profile", **shop)
    yield _post(path, "another's refresh", refresh + b"&client_id=app")
    public = _form(grant_type="refresh_token", refresh_token=stage.public["refresh_token"], client_id="app")
    yield _post(path, "a rotation", public, Origin=SPA)
    yield _post(path, "an unknown refresh", _form(grant_type="refresh_token", refresh_token="x"), **shop)


def _tellings(stage: Stage) -> Iterator[Case]:
    """Userinfo requests."""
    path = "/oauth/userinfo"
    tokens = {
        "good": stage.good["access_token"], "signed": stage.signed["access_token"], "plain": stage.plain["access_token"],
        "own": stage.own, "garbage": "x", "a.b.c": "a.b.c", "broken": stage.good["access_token"][:-2] + "AA", "none": "",
    }  # fmt: skip
    for name, token in tokens.items():
        yield f"{path} {name}", "GET", path, {"Authorization": f"Bearer {token}"}, b""
    good = {"Authorization": f"bearer {tokens['good']}"}
    yield f"{path} HEAD with a token", "HEAD", path, good, b""
    yield f"{path} from a page", "GET", path, good | {"Origin": SPA}, b""
    yield f"{path} from another page", "GET", path, good | {"Origin": "null"}, b""
    yield f"{path} no token", "GET", path, {}, b""
    yield f"{path} another scheme", "GET", path, {"Authorization": "Basic eDp5"}, b""
    yield f"{path} in the query", "GET", f"{path}?access_token={tokens['good']}", {}, b""
    body = _form(access_token=tokens["good"])
    yield _post(path, "by post", body)
    yield _post(path, "by post, twice", body, **good)
    yield _post(path, "by post, two", body + b"&" + body)
    yield _post(path, "by post, in the head", b"", **good)
    yield f"{path} as JSON", "POST", path, {"Content-Type": "application/json"}, b'{"access_token":"x"}'


def _questions(stage: Stage) -> Iterator[Case]:
    """Introspection and revocation."""
    shop = _basic("shop", stage.shop.secret)
    tokens = {
        "access": stage.good["access_token"], "refresh": stage.good["refresh_token"], "own": stage.own, "garbage": "x",
        "another's access": stage.public["access_token"], "another's refresh": stage.public["refresh_token"],
    }  # fmt: skip
    for path in ("/oauth/introspect", "/oauth/revoke"):
        for name, token in tokens.items():
            yield _post(path, name, _form(token=token), **shop)
        yield _post(path, "again", _form(token=stage.own), **shop)
        yield _post(path, "a hint", _form(token="x", token_type_hint="odd"), **shop)
        yield _post(path, "no token", b"", **shop)
        yield _post(path, "from a page", _form(token="x"), Origin=SPA, **shop)
        yield _post(path, "a public one", _form(token=stage.public["access_token"], client_id="app"))
        yield _post(path, "nobody", _form(token="x"))
        yield _post(path, "a wrong secret", _form(token="x"), **_basic("shop", "wrong"))


def _bodies(stage: Stage) -> Iterator[Case]:
    """Bodies that are none, or too many, or no text."""
    shop = _basic("shop", stage.shop.secret)
    own = b"grant_type=client_credentials"
    for path in ("/oauth/token", "/oauth/revoke", "/oauth/introspect"):
        yield _post(path, "twice", own + b"&a=1&a=2&token=x", **shop)
        yield _post(path, "an odd name twice", own + "&É=1&É=2".encode(), **shop)
        yield _post(path, "a NUL", own + b"&token=%00", **shop)
        yield _post(path, "no UTF-8", own + b"&token=%ff", **shop)
        yield _post(path, "no UTF-8, bare", own + b"&token=\xff", **shop)
        yield _post(path, "a replacement", own + "&token=\ufffd".encode(), **shop)
        yield _post(path, "empty ones", own + b"&&token=&=&a&scope=", **shop)
        yield _post(path, "500 parameters", own + b"&a" * 500, **shop)
        yield _post(path, "too long", own + b"&a=" + b"x" * 262144, **shop)
        yield _post(path, "JSON", b'{"grant_type":"client_credentials"}', **shop | {"Content-Type": "application/json"})
        yield _post(path, "parts", b"--x--", **shop | {"Content-Type": "multipart/form-data; boundary=x"})
        yield _post(path, "no type", own, **shop | {"Content-Type": ""})
        yield _post(path, "a charset", own, **shop | {"Content-Type": f"{FORM.upper()} ; charset=latin-1"})
        yield _post(path, "in the query", own, **shop)[:2] + (f"{path}?{own.decode()}", shop, b"")


def _everywhere(_stage: Stage) -> Iterator[Case]:
    """What is asked of each address alike: every method, a query that is no text, a head that is too large."""
    for path in ADDRESSES:
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "POST"):
            yield f"{path} {method}", method, path, {}, b""
        yield f"{path} OPTIONS from a page", "OPTIONS", path, {"Origin": SPA}, b""
        yield f"{path} OPTIONS from another page", "OPTIONS", path, {"Origin": "https://evil.example"}, b""
        yield f"{path} a query", "GET", f"{path}?a=b", {"Origin": SPA, "Accept": "text/html"}, b""
        yield f"{path} a NUL there", "GET", f"{path}?a=%00", {}, b""
        yield f"{path} no text there", "GET", f"{path}?a=%ff", {}, b""
        yield f"{path} many headers", "GET", path, {f"X-{number}": "x" * 8000 for number in range(5)}, b""
        yield f"{path} a long header", "POST", path, {"Accept": "x" * 3000}, b""
        yield f"{path} a long query", "GET", f"{path}?{'a' * 70000}", {}, b""
        yield f"{path}/", "GET", f"{path}/", {}, b""
        if path != "/oauth/device":  # which the test client reads as the page /device of a host
            yield f"/{path}", "GET", f"/{path}", {}, b""


def read(text: str) -> dict[str, dict[str, Any]]:
    """Return answers by the names of their requests, of which each has its line."""
    return dict(json.loads(line) for line in text.splitlines())


def write(answers: dict[str, dict[str, Any]]) -> str:
    """Return the text of answers, a line for each."""
    return "".join(json.dumps([name, answer], ensure_ascii=True) + "\n" for name, answer in answers.items())
