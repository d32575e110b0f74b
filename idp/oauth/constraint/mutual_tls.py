"""Mutual TLS (RFC 8705): clients that prove themselves with a certificate, and tokens that are bound to one.

TLS ends at a proxy, which tells the certificate (`certificates`). Where `IDP_MTLS_URL` is not set, nothing of this is offered.
"""

from ipaddress import ip_address
from typing import Any

from cryptography import x509
from flask import Flask

from idp.base.door.asked import Asked
from idp.base.extensions import settings
from idp.clients import jwks
from idp.clients.metadata import CERTIFICATE_MEMBERS
from idp.clients.registered import RegisteredClient
from idp.oauth import constraint, discovery
from idp.oauth.constraint import certificates
from idp.oauth.constraint.certificates import Certificate
from idp.oauth.constraint.confirmation import CERTIFICATE, Confirmation
from idp.oauth.refusals import Cause, Refusal

PKI, SELF_SIGNED = METHODS = ("tls_client_auth", "self_signed_tls_client_auth")
# The addresses that stand in `mtls_endpoint_aliases` (section 5), where they are offered at all.
ALIASED = (
    *("token_endpoint", "revocation_endpoint", "introspection_endpoint", "userinfo_endpoint"),
    *("pushed_authorization_request_endpoint", "device_authorization_endpoint"),
)


def init_app(app: Flask) -> None:
    """Take certificates, and say at which addresses."""
    constraint.register(CERTIFICATE, constraint.Way(find, demand, show))
    discovery.add(app, _members)
    discovery.finish(app, _alias)


def find(asked: Asked, client: RegisteredClient) -> Confirmation | None:
    """Return the certificate of a request, for a client whose tokens are bound to one; None for every other."""
    if not client.metadata.tls_client_certificate_bound_access_tokens:
        return None
    return _confirm(certificates.read(asked))


def demand(client: RegisteredClient, shown: Confirmation | None) -> None:
    """Refuse a client whose tokens are always bound to a certificate, and that comes without one (section 3)."""
    if client.metadata.tls_client_certificate_bound_access_tokens and (shown is None or shown.method != CERTIFICATE):
        raise Refusal("invalid_grant", Cause.CERTIFICATE_MISSING)


def show(asked: Asked, _client: RegisteredClient, _access_token: str) -> Confirmation | None:
    """Return the certificate of a request with an access token."""
    return _confirm(certificates.read(asked))


def find_fault(asked: Asked, client: RegisteredClient) -> Cause | None:
    """Return why the certificate of a request does not prove a client that is registered for this method (section 2)."""
    certificate = certificates.read(asked)
    if certificate is None:
        return Cause.CERTIFICATE_MISSING
    if not certificate.is_current:
        return Cause.CERTIFICATE_UNTIMELY
    if client.metadata.token_endpoint_auth_method == SELF_SIGNED:
        return None if _is_registered(certificate, client) else Cause.CERTIFICATE_OF_ANOTHER
    authorities = settings().mtls_ca_file
    if authorities is None or not certificate.is_trusted(authorities):
        return Cause.CERTIFICATE_UNTRUSTED
    return None if _names(certificate, client) else Cause.CERTIFICATE_OF_ANOTHER


def _confirm(certificate: Certificate | None) -> Confirmation | None:
    return Confirmation(CERTIFICATE, certificate.thumbprint) if certificate is not None else None


def _is_registered(certificate: Certificate, client: RegisteredClient) -> bool:
    """Return whether the certificate's key is among those that the client has told (section 2.2.2). Fetches them where it must."""
    key = certificate.parsed.public_key()
    return any(known.key == key for known in jwks.load(client) or [])


def _names(certificate: Certificate, client: RegisteredClient) -> bool:
    """Return whether a certificate names what the client is registered for (section 2.1.2): its subject, or one of its other names."""
    member = next((name for name in CERTIFICATE_MEMBERS if getattr(client.metadata, name)), None)
    if member is None:
        return False
    expected: str = getattr(client.metadata, member)
    if member == "tls_client_auth_subject_dn":
        try:
            return certificate.parsed.subject == x509.Name.from_rfc4514_string(expected)
        except ValueError:
            return False
    told = _told(certificate, member)
    if member == "tls_client_auth_san_uri":
        return expected in told
    return expected.lower() in {name.lower() for name in told}


def _told(certificate: Certificate, member: str) -> set[str]:
    """Return the names of one kind that stand in a certificate; an address in its one spelling."""
    names = certificate.names
    if names is None:
        return set()
    match member:
        case "tls_client_auth_san_dns":
            found: list[Any] = names.get_values_for_type(x509.DNSName)
        case "tls_client_auth_san_uri":
            found = names.get_values_for_type(x509.UniformResourceIdentifier)
        case "tls_client_auth_san_ip":
            found = [str(ip_address(str(address))) for address in names.get_values_for_type(x509.IPAddress)]
        case _:
            found = names.get_values_for_type(x509.RFC822Name)
    return {str(name) for name in found}


def _members() -> dict[str, Any]:
    return {"tls_client_certificate_bound_access_tokens": True} if settings().mtls_url is not None else {}


def _alias(document: dict[str, Any]) -> dict[str, Any]:
    """Return the addresses at which the proxy asks for a certificate (section 5)."""
    address, issuer = settings().mtls_url, settings().issuer
    if address is None:
        return {}
    told = {name: address + document[name].removeprefix(issuer) for name in ALIASED if name in document}
    return {"mtls_endpoint_aliases": told}
