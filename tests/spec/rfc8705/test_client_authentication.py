"""RFC 8705, section 2: clients that prove themselves with a certificate."""

from ipaddress import ip_address
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.base.outcome import Refused
from idp.clients.metadata import Metadata, check
from tests.factories import Client, Provider
from tests.keys.strangers import jwk
from tests.spec.rfc8705.issuing import HOST, Authority, Issued, ask, self_signed
from tests.spec.rfc9449.proving import own, prove

USUAL: dict[str, Any] = {"grant_types": ["client_credentials"], "scope": "reports"}


def register(provider: Provider, method: str = "tls_client_auth", **members: Any) -> Client:
    """Register a client that proves itself with a certificate."""
    return provider.client(token_endpoint_auth_method=method, **USUAL, **members)


@pytest.fixture
def shop_of_authority(provider: Provider) -> Client:
    """A client that is known by its subject."""
    return register(provider, tls_client_auth_subject_dn="CN=shop,O=Example")


def refused(provider: Provider, client: Client, certificate: Issued | str | None, **more: Any) -> None:
    """Check that a certificate proves nothing."""
    answer = ask(provider, client, certificate, **more)
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client"), answer.text


def test_a_certificate_of_the_authority_proves_a_client(
    provider: Provider, authority: Authority, shop_of_authority: Client
) -> None:
    """The subject that is registered proves the client, whatever is written in which case of attribute types (2.1)."""
    assert ask(provider, shop_of_authority, authority.issue()).status_code == 200
    refused(provider, shop_of_authority, authority.issue("another"))


NAMES: dict[str, tuple[str, x509.GeneralName]] = {
    "tls_client_auth_san_dns": ("shop.example", x509.DNSName("Shop.example")),
    "tls_client_auth_san_uri": ("spiffe://example/shop", x509.UniformResourceIdentifier("spiffe://example/shop")),
    "tls_client_auth_san_ip": ("2001:db8::7", x509.IPAddress(ip_address("2001:db8::7"))),
    "tls_client_auth_san_email": ("shop@rp.example", x509.RFC822Name("shop@rp.example")),
}


@pytest.mark.parametrize("member", NAMES)
def test_other_names_prove_a_client(provider: Provider, authority: Authority, member: str) -> None:
    """A name of each kind proves the client that is registered for it, and no name of another kind does (2.1.2)."""
    expected, found = NAMES[member]
    client = register(provider, **{member: expected})
    assert ask(provider, client, authority.issue("any", found)).status_code == 200
    others = [name for key, (_text, name) in NAMES.items() if key != member]
    refused(provider, client, authority.issue("any", *others))
    refused(provider, client, authority.issue("any"))


def test_a_proof_names_the_address_that_was_asked(
    provider: Provider, authority: Authority, shop_of_authority: Client
) -> None:
    """A DPoP proof for the address at which certificates are asked for has that one, and elsewhere the issuer's (5; RFC 9449, 4.3)."""
    form = {"client_id": shop_of_authority.client_id, "grant_type": "client_credentials"}
    aliased = f"https://{HOST}/oauth/token"
    for htu, is_good in ((aliased, True), (f"{provider.issuer}/oauth/token", False)):
        headers = {"Host": HOST, "Client-Cert": authority.issue().header, "DPoP": prove(provider, htu=htu)}
        answer = provider.http.post("/oauth/token", data=form, headers=headers)
        assert (answer.json.get("token_type") == "DPoP") is is_good, answer.text
    other = provider.client(**USUAL)
    answer = own(provider, other, prove(provider, htu=aliased))
    assert answer.json["error"] == "invalid_dpop_proof"


def test_who_issued_it_counts(provider: Provider, authority: Authority, shop_of_authority: Client) -> None:
    """A certificate of nobody who is trusted, one that signed itself, one of the past and one for servers prove nothing (7.1, 7.3)."""
    refused(provider, shop_of_authority, Authority().issue())
    refused(provider, shop_of_authority, self_signed())
    refused(provider, shop_of_authority, authority.issue(days=-1))
    refused(provider, shop_of_authority, authority.issue(usage=ExtendedKeyUsageOID.SERVER_AUTH))
    assert ask(provider, shop_of_authority, authority.issue(usage=None)).status_code == 200


def test_a_key_of_its_own_proves_a_client(provider: Provider) -> None:
    """A certificate that nobody issued proves the client that has told its key, while it is valid (2.2)."""
    client = register(provider, "self_signed_tls_client_auth", jwks={"keys": [jwk("ES256"), jwk("RS256")]})
    assert ask(provider, client, self_signed()).status_code == 200
    refused(provider, client, self_signed(ec.generate_private_key(ec.SECP256R1())))
    refused(provider, client, self_signed(days=-1))
    refused(provider, client, None)


def test_only_the_proxy_is_believed(
    app: Flask, provider: Provider, authority: Authority, shop_of_authority: Client
) -> None:
    """The header counts at the address where the proxy writes it alone: elsewhere anybody could have sent it (RFC 9440, 4)."""
    good = authority.issue()
    for host in ("127.0.0.1:5000", "other.example", "mtls.example:444", "mtls.example.evil.example", ""):
        refused(provider, shop_of_authority, good, host=host)
    app.extensions["idp.settings"].mtls_url = None
    refused(provider, shop_of_authority, good)


@pytest.mark.parametrize(
    "header", ["", ":", "::", ":x:", ":====:", "no bytes", f":{'A' * 13_000}:", ":AAAA:, :AAAA:", '"a"', ":AAAA:;a=b"]
)
def test_malformed_headers(provider: Provider, shop_of_authority: Client, header: str) -> None:
    """What is no certificate proves nothing, and is no failure of the server (RFC 9440, 2.1)."""
    refused(provider, shop_of_authority, header)


def test_no_secret_in_its_place(provider: Provider, shop_of_authority: Client, authority: Authority) -> None:
    """A client of this method has no secret, and one with a secret needs no certificate."""
    refused(provider, shop_of_authority, authority.issue(), client_secret="guess")
    secret = provider.client(**USUAL)
    assert ask(provider, secret, None).status_code == 200
    assert ask(provider, secret, authority.issue()).json["token_type"] == "Bearer"


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({}, "tls_client_auth_subject_dn"),
    "two names": (
        {"tls_client_auth_san_dns": "a.example", "tls_client_auth_san_ip": "192.0.2.1"},
        "tls_client_auth_subject_dn",
    ),
    "no distinguished name": ({"tls_client_auth_subject_dn": "shop"}, "tls_client_auth_subject_dn"),
    "no address": ({"tls_client_auth_san_ip": "shop"}, "tls_client_auth_san_ip"),
    "too long": ({"tls_client_auth_san_dns": "a" * 501}, "tls_client_auth_san_dns"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_registrations(app: Flask, name: str) -> None:
    """A client of this method is known by one name, well written (2.1.2)."""
    members, member = BAD[name]
    with app.test_request_context():
        found = check(Metadata("Shop", token_endpoint_auth_method="tls_client_auth", **USUAL, **members))
    assert isinstance(found, Refused)
    assert found.field == member


def test_what_is_not_offered_cannot_be_registered(app: Flask, provider: Provider) -> None:
    """Without authorities only certificates of clients' own are offered, without a proxy none (3.4, 5)."""
    document = "/.well-known/openid-configuration"
    told = provider.http.get(document).json
    assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(told["token_endpoint_auth_methods_supported"])
    settings = app.extensions["idp.settings"]
    settings.mtls_ca_file = None
    with app.test_request_context():
        found = check(
            Metadata("Shop", token_endpoint_auth_method="tls_client_auth", tls_client_auth_san_dns="a.example")
        )
        assert isinstance(found, Refused)
        settings.mtls_url = None
        keys = {"keys": [jwk("ES256")]}
        own = Metadata(
            "Shop", ["https://a.example/"], token_endpoint_auth_method="self_signed_tls_client_auth", jwks=keys
        )
        assert isinstance(check(own), Refused)
        bound = Metadata("Shop", ["https://a.example/"], tls_client_certificate_bound_access_tokens=True)
        refusal = check(bound)
        assert isinstance(refusal, Refused)
        assert refusal.field == "tls_client_certificate_bound_access_tokens"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60), raw=st.binary(max_size=80)
)
def test_any_header_is_answered(provider: Provider, header: str, raw: bytes) -> None:
    """Whatever stands in the header, the answer is the protocol's."""
    import base64

    client = register(provider, tls_client_auth_san_dns="shop.example")
    for sent in (header, f":{base64.b64encode(raw).decode()}:"):
        assert ask(provider, client, sent).status_code == 401
