"""RFC 8414 and OpenID Connect Discovery share one document; what it says is tested in `oidc_discovery`."""

import pytest

from tests.factories import Provider


def test_the_document_of_rfc_8414(provider: Provider) -> None:
    """The well-known address of section 3 answers with JSON that anybody may read, and is the OpenID document (3, 3.2)."""
    answer = provider.http.get("/.well-known/oauth-authorization-server")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json == provider.http.get("/.well-known/openid-configuration").json


def test_the_required_members(provider: Provider) -> None:
    """The issuer has neither query nor fragment, and the members that section 2 requires are there (2)."""
    metadata = provider.http.get("/.well-known/oauth-authorization-server").json
    assert metadata["issuer"] == provider.issuer
    assert not {"?", "#"} & set(metadata["issuer"])
    for member in ("authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported"):
        assert metadata[member]


def test_no_empty_members(provider: Provider) -> None:
    """Members without a value are left out (2, 3.2)."""
    metadata = provider.http.get("/.well-known/oauth-authorization-server").json
    assert [name for name, value in metadata.items() if value in (None, [], "")] == []


def test_the_document_does_not_follow_the_host_header(provider: Provider) -> None:
    """Addresses come from the issuer setting, never from what the caller says the host is (6.2; item 74)."""
    answer = provider.http.get("/.well-known/oauth-authorization-server", headers={"Host": "evil.example"})
    assert "evil.example" not in answer.text


@pytest.mark.parametrize("name", ["oauth-authorization-server", "openid-configuration"])
def test_an_empty_path_behind_the_name(provider: Provider, name: str) -> None:
    """The issuer without a path is also asked for with the slash that a client left on it (3.1)."""
    answer = provider.http.get(f"/.well-known/{name}/")
    assert answer.status_code == 200
    assert answer.json == provider.http.get(f"/.well-known/{name}").json
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/oauth-authorization-server/tenants/one/",
        "/.well-known/openid-configuration/mcp",
        "/mcp/.well-known/openid-configuration",
        "/tenants/one/.well-known/oauth-authorization-server",
    ],
)
def test_a_path_that_names_another_issuer(provider: Provider, path: str) -> None:
    """An issuer that is not here has no metadata: 404, in JSON that names the one that is, for browsers too (3.1, 3.3)."""
    answer = provider.http.get(path, headers={"Origin": "https://agent.example", "MCP-Protocol-Version": "2025-11-25"})
    assert answer.status_code == 404
    assert answer.mimetype == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert set(answer.json) == {"error", "error_description"}
    assert provider.issuer in answer.json["error_description"]
    asked = provider.http.options(path, headers={"Origin": "https://agent.example"})
    assert "MCP-Protocol-Version" in asked.headers["Access-Control-Allow-Headers"]
