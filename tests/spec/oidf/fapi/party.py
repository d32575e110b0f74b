"""The suite's two clients of the profile: registered by hand, as the operator does who asks for a certificate."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.factories import Client, Provider
from tests.keys.strangers import jwk
from tests.spec.oidf.fapi.plans import Variant
from tests.spec.rfc8705.issuing import Authority, Issued

BASE = "https://rp.example/test/a/gatehouse"
CALLBACKS = (f"{BASE}/callback", f"{BASE}/callback?dummy1=lorem&dummy2=ipsum")
ALGORITHM = "PS256"
SCOPES = "openid profile email address phone"
API_SCOPE = "admin.read"  # of a client without OpenID Connect: there is no userinfo for it


@dataclass(frozen=True)
class Party:
    """One client, with the key that it signs with and the certificate that it shows."""

    client: Client
    number: int
    certificate: Issued

    @property
    def client_id(self) -> str:
        """Its identifier."""
        return self.client.client_id

    @property
    def redirect_uri(self) -> str:
        """Its one redirect URI."""
        return self.client.redirect_uri

    @property
    def key(self) -> Any:
        """The RSA key that signs its assertions and requests."""
        return rsa_key(self.number)


@cache
def rsa_key(_number: int) -> rsa.RSAPrivateKey:
    """Return one of the suite's RSA keys."""
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key(_number: int) -> ec.EllipticCurvePrivateKey:
    """Return one of the suite's keys on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def register(provider: Provider, variant: Variant, authority: Authority, number: int) -> Party:
    """Register the first or the second client of a variant; the second one's redirect URI has a query."""
    name = f"suite {number} {variant}"
    certificate = authority.issue(name, key=ec_key(number))
    proves = {"token_endpoint_auth_method": "private_key_jwt"}
    if not variant.has_assertions:
        subject = certificate.parsed.subject.rfc4514_string()
        proves = {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": subject}
    signs: dict[str, Any] = {"require_signed_request_object": variant.is_signed}
    if variant.is_jarm:
        signs["authorization_signed_response_alg"] = ALGORITHM
    client = provider.client(
        **proves,
        **signs,
        client_name=name,
        profile="fapi2_message_signing" if variant.is_signed and variant.is_jarm else "fapi2",
        redirect_uris=[CALLBACKS[number - 1]],
        jwks={"keys": [jwk(ALGORITHM, rsa_key(number))]},
        tls_client_certificate_bound_access_tokens=not variant.is_dpop,
        id_token_signed_response_alg=ALGORITHM,
        grant_types=["authorization_code", "refresh_token"],
        scope=f"{SCOPES} offline_access" if variant.is_openid else f"{API_SCOPE} offline_access",
    )
    return Party(client, number, certificate)
