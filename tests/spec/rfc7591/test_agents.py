"""What programs really send to register themselves, agents of the Model Context Protocol first of all (RFC 7591, sections 2 and 3)."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.factories import CALLBACK, Person, Provider, challenge, parameters
from tests.spec.rfc7591.registering import PATH, register, registered

CODE = ["authorization_code", "refresh_token"]
EVERYTHING = "openid profile email address phone offline_access"
CIBA = "urn:openid:params:grant-type:ciba"
# Inspector's is as it stood in its source, mcp-remote's but for the version. Of "editor", "hosted" and "terminal" names and addresses are
# the programs', and the other members are put together after what is public about them; "nulls" and "blanks" are what libraries make of
# members without a value.
AGENTS: dict[str, dict[str, Any]] = {
    "inspector": {
        "redirect_uris": ["http://localhost:6274/oauth/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": CODE,
        "response_types": ["code"],
        "client_name": "MCP Inspector",
        "client_uri": "https://github.com/modelcontextprotocol/inspector",
        "scope": "",
    },
    "mcp-remote": {
        "redirect_uris": ["http://localhost:3334/oauth/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": CODE,
        "response_types": ["code"],
        "client_name": "MCP CLI Proxy",
        "client_uri": "https://github.com/modelcontextprotocol/mcp-cli",
        "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
        "software_version": "0.1.29",
    },
    "editor": {
        "client_name": "Visual Studio Code",
        "client_uri": "https://code.visualstudio.com",
        "grant_types": [*CODE, CIBA],
        "response_types": ["code"],
        "redirect_uris": [
            "https://insiders.vscode.dev/redirect",
            "https://vscode.dev/redirect",
            "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
        ],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
        "scope": "mcp:read mcp:write",
    },
    "hosted": {
        "client_name": "Claude",
        "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
        "grant_types": CODE,
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_post",
        "scope": "openid email groups",
    },
    "terminal": {
        "client_name": "Gemini CLI MCP Client",
        "redirect_uris": ["http://localhost:7777/oauth/callback"],
        "grant_types": CODE,
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "code_challenge_method": ["S256"],
        "scope": "",
    },
    "nulls": {
        "redirect_uris": ["http://localhost:3030/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": CODE,
        "response_types": ["code"],
        "scope": None,
        "client_name": "Python SDK",
        "client_uri": None,
        "logo_uri": None,
        "contacts": None,
        "tos_uri": None,
        "policy_uri": None,
        "jwks_uri": None,
        "jwks": None,
        "software_id": None,
        "software_version": None,
        "software_statement": None,
    },
    "blanks": {
        "redirect_uris": ["http://localhost:3030/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": CODE,
        "response_types": [],
        "scope": " ",
        "client_name": "",
        "client_uri": "",
        "logo_uri": "",
        "contacts": [""],
        "request_uris": [],
        "jwks_uri": "",
        "software_statement": "",
        "id_token_signed_response_alg": "",
        "default_max_age": "",
        "subject_type": "",
    },
}


@pytest.fixture
def house(provider: Provider) -> Provider:
    """A provider at which everybody may register."""
    provider.app.extensions["idp.settings"].registration = "open"
    return provider


@pytest.mark.parametrize("agent", AGENTS)
def test_agents_register_and_work(house: Provider, ann: Person, agent: str) -> None:
    """Each registers, is told what it got, and gets tokens with that: what is missing here is left out, what is empty is as none."""
    told = registered(house, **AGENTS[agent])
    assert told["grant_types"] == CODE
    assert told["response_types"] == ["code"]
    assert told["scope"] == EVERYTHING
    assert told["redirect_uris"] == AGENTS[agent]["redirect_uris"]
    assert not {"software_statement", "client_uri", "contacts"} & {name for name, value in told.items() if not value}
    query = {
        "response_type": "code",
        "client_id": told["client_id"],
        "redirect_uri": told["redirect_uris"][0],
        "scope": told["scope"],
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    browser = house.browser(ann)
    asked = browser.get("/oauth/authorize", query_string=query)
    code = parameters(browser.submit(asked.location, decision="allow"))["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": told["client_id"],
        "redirect_uri": told["redirect_uris"][0],
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }
    form |= {"client_secret": told["client_secret"]} if "client_secret" in told else {}
    assert house.http.post("/oauth/token", data=form).json["scope"] == told["scope"]


def test_what_is_missing_here_is_left_out(house: Provider) -> None:
    """Unknown grants and response types, and the one that a public client cannot use, are left out where something is left."""
    told = registered(house, grant_types=[CIBA, "password", *CODE], response_types=["code", "token", "id_token"])
    assert (told["grant_types"], told["response_types"]) == (CODE, ["code"])
    told = registered(house, token_endpoint_auth_method="none", grant_types=[*CODE, "client_credentials"])
    assert told["grant_types"] == CODE
    told = registered(house, contacts=["", "ann@rp.example"], request_uris=[None, ""])
    assert told["contacts"] == ["ann@rp.example"]


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"grant_types": [CIBA]}, f"Unknown grant: {CIBA}."),
        ({"grant_types": ["refresh_token"]}, "With refresh_token alone nothing is ever issued"),
        ({"grant_types": [CIBA, "refresh_token"]}, "With refresh_token alone nothing is ever issued"),
        ({"response_types": ["token"]}, "Unknown response type: token."),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "Use one of: client_secret_basic"),
        ({"id_token_signed_response_alg": "RS512"}, "Use one of: RS256"),
        (
            {"redirect_uris": ["teahouse://agent.teahouse/callback"], "token_endpoint_auth_method": "none"},
            "teahouse:",
        ),
        ({"redirect_uris": [CALLBACK, "http://rp.example/cb"]}, "http://rp.example/cb"),
        ({"contacts": ["ann@rp.example", 7]}, "An array of strings is needed."),
    ],
)
def test_what_a_client_relies_on_is_refused_by_name(house: Provider, members: dict[str, Any], named: str) -> None:
    """A way to prove itself, an algorithm, an address and a type of JSON are not replaced by others (RFC 7591, section 3.2.2)."""
    answer = register(house, **members)
    assert answer.status_code == 400
    member = next(iter(members))
    assert answer.json["error_description"].startswith(f"{member}: ")
    assert named in answer.json["error_description"]


def test_an_update_is_read_alike(house: Provider) -> None:
    """A client that replaces its registration may leave things empty, too (RFC 7592, section 2.2)."""
    told = registered(house, grant_types=CODE, client_uri="https://rp.example")
    document = {
        "client_id": told["client_id"],
        "redirect_uris": [CALLBACK],
        "grant_types": [*CODE, CIBA],
        "scope": "",
        "client_uri": "",
        "software_statement": "",
    }
    headers = {"Authorization": f"Bearer {told['registration_access_token']}"}
    answer = house.http.put(f"{PATH}/{told['client_id']}", json=document, headers=headers)
    assert (answer.status_code, answer.json["scope"], answer.json["grant_types"]) == (200, EVERYTHING, CODE)
    assert "client_uri" not in answer.json


def test_agents_in_browsers_may_register(house: Provider) -> None:
    """The preflight lets any origin register and manage its registration, without cookies; refusals are read as well (Fetch, 3.2)."""
    told = registered(house, redirect_uris=["http://localhost:6274/cb"], token_endpoint_auth_method="none")
    own = f"{PATH}/{told['client_id']}"
    asking = {
        "Origin": "http://localhost:6274",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,mcp-protocol-version",
    }
    published = [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/jwks.json",
    ]
    for path in (PATH, own, *published):
        answer = house.http.options(path, headers=asking)
        assert answer.status_code in {200, 204}, path
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert {"POST", "PUT", "DELETE"} < set(answer.headers["Access-Control-Allow-Methods"].split(", "))
        allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert {"content-type", "authorization", "mcp-protocol-version"} <= set(allowed)
        assert "Access-Control-Allow-Credentials" not in answer.headers
    for answer in (
        house.http.post(PATH, json={}, headers={"Origin": "https://agent.example"}),
        house.http.get(own, headers={"Origin": "https://agent.example"}),
        house.http.get(published[0], headers={"Origin": "https://agent.example"}),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "WWW-Authenticate" in answer.headers["Access-Control-Expose-Headers"]


def test_a_registration_with_few_scopes_does_not_stand_in_the_way(house: Provider) -> None:
    """An agent that registered with what its first challenge named may ask for more later; a machine's own scopes stay as it named them."""
    told = registered(house, **AGENTS["terminal"] | {"scope": "openid"})
    assert told["scope"] == EVERYTHING
    machine = registered(house, grant_types=[*CODE, "client_credentials"], scope="openid email")
    assert machine["scope"] == "openid email"


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "https://chatgpt.com/connector_platform_oauth_redirect",
        "http://[::1]:7777/cb",
    ],
)
def test_where_agents_want_to_be_answered(house: Provider, ann: Person, redirect_uri: str) -> None:
    """A private scheme, a site and loopback of either family are taken from a client without a secret (RFC 8252, section 7)."""
    told = registered(house, redirect_uris=[redirect_uri], token_endpoint_auth_method="none", grant_types=CODE)
    request = {"client_id": told["client_id"], "redirect_uri": redirect_uri, "response_type": "code", "scope": "openid"}
    asked = house.browser(ann).get(
        f"/oauth/authorize?{urlencode(request | {'code_challenge': challenge(), 'code_challenge_method': 'S256'})}"
    )
    assert asked.location.startswith("/consent?")
