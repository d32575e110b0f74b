"""RFC 8414 and OpenID Connect Discovery share one document; what it says is tested in `oidc_discovery`."""

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
