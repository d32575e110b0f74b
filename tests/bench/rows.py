"""The rows of the table: what each asks of the server. A row that needs fresh values is told how many it may use up at most."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from tests.bench import loads, signins
from tests.bench.loads import VALUE, Load, Measured, basic
from tests.bench.material import REDIRECT_URI, VERIFIER, Client, Material

SHARED = 500  # tokens that stay valid are many, but used again
BARE = Load("GET", "/healthz")
# No row that needs fresh values comes near this share of the bare route; if one ever does, it fails and says so.
LARGEST_SHARE = 0.6
MOST_VALUES = 80_000

Run = Callable[[int, Material, int, int], Measured]


@dataclass(frozen=True)
class Row:
    """A row's name, and how it is run: on a port, with material, for some seconds, with at most so many fresh values."""

    name: str
    run: Run


def fresh_values(bare_per_second: float, seconds: int) -> int:
    """Return how many values to prepare for a row in which each request uses one up."""
    return min(MOST_VALUES, int(bare_per_second * seconds * LARGEST_SHARE) + 1000)


def _wrk(make: Callable[[Material, int], Load]) -> Run:
    def run(port: int, material: Material, seconds: int, fresh: int) -> Measured:
        return loads.drive(port, make(material, fresh), seconds)

    return run


def _discovery(_material: Material, _fresh: int) -> Load:
    return Load("GET", "/.well-known/openid-configuration")


def _client_credentials(material: Material, _fresh: int) -> Load:
    body = urlencode({"grant_type": "client_credentials", "scope": "jobs"})
    return Load("POST", "/oauth/token", _basic(material.machine), body)


def _exchange(client: Client, material: Material, fresh: int) -> Load:
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    body = f"{urlencode(form)}&code={VALUE}"
    return Load("POST", "/oauth/token", _basic(client), body, material.codes(client, fresh), cycle=False)


def _refresh(material: Material, _fresh: int) -> Load:
    values = material.refresh_tokens(material.web, SHARED)
    return Load("POST", "/oauth/token", _basic(material.web), f"grant_type=refresh_token&refresh_token={VALUE}", values)


def _rotate(material: Material, fresh: int) -> Load:
    client_id = quote(material.mobile.client_id)
    body = f"grant_type=refresh_token&client_id={client_id}&refresh_token={VALUE}"
    values = material.refresh_tokens(material.mobile, fresh)
    return Load("POST", "/oauth/token", None, body, values, cycle=False)


def _userinfo(material: Material, _fresh: int) -> Load:
    values = material.access_tokens(material.web, SHARED)
    return Load("GET", "/oauth/userinfo", f"Bearer {VALUE}", None, values)


def _introspection(material: Material, _fresh: int) -> Load:
    values = material.access_tokens(material.web, SHARED)
    return Load("POST", "/oauth/introspect", _basic(material.web), f"token={VALUE}", values)


def _sign_in(port: int, material: Material, seconds: int, _fresh: int) -> Measured:
    material.consent(material.web)
    return signins.drive(port, material.web, seconds)


def _basic(client: Client) -> str:
    return basic(client.client_id, client.secret or "")


ROWS = (
    Row("discovery", _wrk(_discovery)),
    Row("client credentials", _wrk(_client_credentials)),
    Row("code exchange", _wrk(lambda material, fresh: _exchange(material.web, material, fresh))),
    Row("code exchange, ES256", _wrk(lambda material, fresh: _exchange(material.web_es256, material, fresh))),
    Row("refresh", _wrk(_refresh)),
    Row("refresh, rotating", _wrk(_rotate)),
    Row("userinfo", _wrk(_userinfo)),
    Row("introspection", _wrk(_introspection)),
    Row("browser sign-in", _sign_in),
)
