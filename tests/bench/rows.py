"""The rows of the table: what each asks of a provider, and what is kept of the answers for the rows that use it up.

Codes come from the row of authorizations, tokens from the row of exchanges: nothing is written into anybody's database behind its back.
"""

import base64
import hashlib
import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from tests.bench import wings
from tests.bench.browsers import Browser, Walk, walk
from tests.bench.loads import FORM, SECOND, VALUE, Load, Measured, Unexpected
from tests.bench.peers.peer import REDIRECT_URI, Client, Peer

VERIFIER = "a-code-verifier-of-the-benchmark-and-of-nobody-else"
SESSIONS = 16
SHARED = 200  # what stays valid is used again after so many
MOST_TRIES = 4
FRESH_FOR = 45.0  # seconds for which a code that was kept is good
ENOUGH = 150  # codes or tokens for a row, where the seconds before it bring fewer: then there are some more of them

AUTHORIZE, EXCHANGE, REPLAY = "authorize with a session", "code exchange", "replayed code"
BOUND = "bound code exchange"
Make = Callable[["Material"], "Load | Walk"]


def challenge() -> str:
    """Return the S256 challenge of the verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Material:
    """What one provider's rows use up: sessions, codes and tokens, as it gave them out itself."""

    def __init__(self, peer: Peer, seconds: int) -> None:
        self.peer, self.site, self.seconds = peer, peer.site, seconds
        self.used: list[str] = []
        self._codes: dict[str, tuple[float, list[str]]] = {}
        self._tokens: list[tuple[str, ...]] = []
        self._people = itertools.cycle(self.site.people)
        self._browsers: list[Browser] = []

    def load(self, row: str) -> Load | Walk:
        """Return the load of a row, having prepared what it uses up."""
        return self.peer.material(row, self) or ROWS[row](self)

    def note(self, row: str, load: Load | Walk, measured: Measured) -> None:
        """Keep what the answers of a row brought."""
        if row == AUTHORIZE:
            self._codes[self.site.web.client_id] = (time.monotonic(), [code for (code,) in measured.kept])
        elif row == EXCHANGE and isinstance(load, Load):
            self.used = list(load.values[: min(SHARED, measured.requests)])
            self._tokens = list(measured.kept)
        elif row == REPLAY:  # whoever notices a replay ends what the codes brought, too
            self._codes, self._tokens = {}, []

    def authorization_request(self, client: Client) -> str:
        """Return the address that a relying party's link leads to."""
        values = {
            "client_id": client.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": self.site.scope,
            "state": "af0ifjsldkj-and-more",
            "nonce": "n-0S6_WzA2Mj",
            "code_challenge": challenge(),
            "code_challenge_method": "S256",
        }
        return f"{self.site.authorize.format(realm=client.realm)}?{urlencode(values)}"

    def url(self, path: str) -> str:
        """Return an absolute address."""
        return f"http://127.0.0.1:{self.site.port}{path}"

    def sign_in(self, client: Client, browser: Browser | None = None) -> str:
        """Walk a browser to a code, by a new one where none is given."""
        own = browser or Browser()
        if self.site.is_behind_proxy:
            own.headers["X-Forwarded-For"] = own.source
        try:
            return walk(own, self.url(self.authorization_request(client)), REDIRECT_URI, next(self._people))
        finally:
            own.close()

    def browsers(self) -> list[Browser]:
        """Return browsers that are signed in, and whose people have consented to both applications."""
        if not self._browsers:
            found = [Browser() for _ in range(SESSIONS)]
            for browser in found:
                self.sign_in(self.site.web, browser)
                self.sign_in(self.site.mobile, browser)
            self._browsers = found
        return self._browsers

    def codes(self, client: Client) -> tuple[str, ...]:
        """Return codes that nobody has used: those of the row before, and as many as some seconds bring where those are few."""
        at, found = self._codes.pop(client.client_id, (0.0, []))
        if time.monotonic() - at > FRESH_FOR:
            found = []
        for _ in range(MOST_TRIES):
            if len(found) >= ENOUGH:
                break
            found = [*found, *(code for (code,) in self._drive(self._authorize(client)).kept)]
        return tuple(found)

    def tokens(self, client: Client | None = None) -> list[tuple[str, ...]]:
        """Return access and refresh tokens: of a client anew, or of the confidential one as the exchanges brought them."""
        if client is not None:
            return list(self._drive(exchange(self, client)).kept)
        if not self._tokens:
            load = exchange(self, self.site.web)
            self.note(EXCHANGE, load, self._drive(load))
        return self._tokens

    def refreshing(self) -> tuple[str, ...]:
        """Return refresh tokens that stay, of half of the grants."""
        found = self.tokens()
        return tuple(quote(refresh) for _access, refresh in found[: min(SHARED, len(found) // 2)])

    def access(self) -> tuple[str, ...]:
        """Return access tokens of the other half: some providers end them when their grant is refreshed."""
        return tuple(access for access, _refresh in self.tokens()[-min(SHARED, len(self.tokens()) // 2) :])

    def _authorize(self, client: Client) -> Load | Walk:
        return self.peer.material(AUTHORIZE, self, client) or authorize(self, client)

    def _drive(self, load: Load | Walk) -> Measured:
        found = load.drive(self.site.port, self.seconds)
        if found.errors or not found.kept:
            raise Unexpected(f"its preparation had {found.errors} errors and brought {len(found.kept)} values")
        return found


def authorize(material: Material, client: Client) -> Load:
    """Return the load of authorization requests by browsers that are signed in."""
    site = material.site
    path = material.authorization_request(client)
    cookies = tuple(browser.cookie(path) for browser in material.browsers())
    return Load("GET", path, {"Cookie": VALUE}, None, cookies, expected=site.redirect, holding="code=", keep=("code",))


def exchange(material: Material, client: Client) -> Load:
    """Return the load of codes for tokens."""
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    load = token(material, client, f"{urlencode(form)}&code={VALUE}", material.codes(client))
    return replace(load, cycle=False, keep=("access_token", "refresh_token"))


def prove(url: str) -> Callable[[], str]:
    """Return what makes proofs for requests to an address (RFC 9449, section 4.2), each of its own, by one key."""
    key = ec.generate_private_key(ec.SECP256R1())
    header = {"typ": "dpop+jwt", "jwk": ECAlgorithm.to_jwk(key.public_key(), as_dict=True)}
    return lambda: jwt.encode(
        {"jti": secrets.token_urlsafe(16), "htm": "POST", "htu": url, "iat": int(time.time())}, key, "ES256", header
    )


def exchange_bound(material: "Material") -> Load:
    """Return the load of codes for tokens that are bound to a key."""
    load, make = exchange(material, material.site.web), prove(material.url(material.site.token))
    values = tuple(f"{code}\t{make()}" for code in load.values)
    return replace(load, headers=load.headers | {"DPoP": SECOND}, values=values, keep=())


def push(material: "Material") -> Load:
    """Return the load of requests that are pushed."""
    site = material.site
    body = urlsplit(material.authorization_request(site.web)).query
    headers = {"Content-Type": FORM, "Authorization": site.web.basic}
    return Load("POST", site.par or "", headers, body, expected=201)


def token(material: Material, client: Client, body: str, values: tuple[str, ...] = ("",)) -> Load:
    """Return the load of a form at the token endpoint, by a client that authenticates."""
    headers = {"Content-Type": FORM}
    if client.secret:
        headers["Authorization"] = client.basic
    else:
        body = f"client_id={quote(client.client_id)}&{body}"
    return Load("POST", material.site.token.format(realm=client.realm), headers, body, values)


def _client_credentials(material: Material) -> Load:
    form = {"grant_type": "client_credentials"}
    if material.site.machine_scope:
        form["scope"] = material.site.machine_scope
    return token(material, material.site.machine, urlencode(form))


def _refresh(material: Material) -> Load:
    body = f"grant_type=refresh_token&refresh_token={VALUE}"
    return token(material, material.site.web, body, material.refreshing())


def _rotate(material: Material) -> Load:
    client = material.site.mobile
    values = tuple(quote(refresh) for _access, refresh in material.tokens(client))
    return replace(token(material, client, f"grant_type=refresh_token&refresh_token={VALUE}", values), cycle=False)


def _userinfo(material: Material) -> Load:
    return Load("GET", material.site.userinfo, {"Authorization": f"Bearer {VALUE}"}, None, material.access())


def _introspection(material: Material) -> Load:
    return replace(introspect(material, tuple(map(quote, material.access()))), probed='"active":true')


def introspect(material: Material, values: tuple[str, ...]) -> Load:
    """Return the load of tokens that are asked about by the confidential client."""
    site = material.site
    headers = {"Content-Type": FORM, "Authorization": site.web.basic}
    return Load("POST", site.introspection or "", headers, f"token={VALUE}", values, port=site.introspection_port)


def _sign_in_page(material: Material) -> Load:
    browser = Browser()
    status, location, _body = browser.send("GET", material.url(material.authorization_request(material.site.web)))
    while status != 200 and location:
        status, location, _body = browser.send("GET", location)
    browser.close()
    path = browser.here.partition(str(material.site.port))[2]
    headers = {"Accept": "text/html", "Accept-Language": "en", "Cookie": browser.cookie(path)}
    return Load("GET", path, {name: value for name, value in headers.items() if value})


def _garbage(material: Material) -> tuple[str, ...]:
    """Return tokens that are none: half are the provider's own with another end, half are nothing but random."""
    forged = [access[:-12] + secrets.token_hex(6) for access in material.access()[: SHARED // 2]]
    return (*forged, *(secrets.token_urlsafe(32) for _ in range(SHARED // 2)))


def _wrong_secret(material: Material) -> Load:
    load = _client_credentials(material)
    headers = load.headers | {"Authorization": material.site.machine.wrong}
    if not material.site.is_behind_proxy:
        return replace(load, headers=headers, expected=401)
    numbers = [secrets.randbelow(2**24) for _ in range(20_000)]
    sources = tuple(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}" for number in numbers)
    return replace(load, headers=headers | {"X-Forwarded-For": VALUE}, values=sources, expected=401)


def _unknown_client(material: Material) -> Load:
    values = tuple(Client(f"nobody-{number}", secrets.token_urlsafe(32)).basic for number in range(SHARED))
    load = _client_credentials(material)
    return replace(load, headers=load.headers | {"Authorization": VALUE}, values=values, expected=401)


def _replayed_code(material: Material) -> Load:
    material.tokens()
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    body = f"{urlencode(form)}&code={VALUE}"
    return replace(token(material, material.site.web, body, tuple(material.used)), expected=400)


ROWS: dict[str, Make] = {
    "discovery": lambda material: Load("GET", material.site.discovery),
    "JWKS": lambda material: Load("GET", material.site.jwks),
    "client credentials": _client_credentials,
    AUTHORIZE: lambda material: authorize(material, material.site.web),
    EXCHANGE: lambda material: exchange(material, material.site.web),
    BOUND: exchange_bound,
    "pushed request": push,
    "device request": wings.ask,
    "device poll": wings.poll,
    "device code exchange": wings.redeem,
    "token exchange": wings.exchange,
    "refresh": _refresh,
    "rotating refresh": _rotate,
    "userinfo": _userinfo,
    "introspection": _introspection,
    "sign-in page": _sign_in_page,
    "password sign-in to code": lambda material: Walk(lambda: material.sign_in(material.site.web)),
    "wrong client secret": _wrong_secret,
    "unknown client": _unknown_client,
    "garbage at userinfo": lambda material: replace(_userinfo(material), values=_garbage(material), expected=401),
    "garbage at introspection": lambda material: replace(
        introspect(material, _garbage(material)), probed='"active":false'
    ),
    REPLAY: _replayed_code,
}
