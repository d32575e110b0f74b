"""What a client says of its certificates (RFC 8705, sections 2.1.2 and 3.4)."""

from ipaddress import ip_address

from cryptography.x509 import Name

from idp.base.extensions import settings
from idp.clients.metadata.members import CERTIFICATE_MEMBERS, Metadata
from idp.clients.metadata.uris import Problem

LONGEST_NAME = 500  # characters


def check(metadata: Metadata) -> Problem | None:
    """Hold a client that proves itself by a certificate to one name of it (RFC 8705, section 2.1.2)."""
    named = [member for member in CERTIFICATE_MEMBERS if getattr(metadata, member)]
    if any(len(getattr(metadata, member)) > LONGEST_NAME for member in named):
        return named[0], f"At most {LONGEST_NAME} characters are allowed."
    if metadata.tls_client_certificate_bound_access_tokens and settings().mtls_url is None:
        return (
            "tls_client_certificate_bound_access_tokens",
            "This server has no address at which certificates are asked for.",
        )
    if metadata.token_endpoint_auth_method != "tls_client_auth":  # noqa: S105 - a method's name
        return (named[0], "Only the method tls_client_auth reads it.") if named else None
    if len(named) != 1:
        return (
            "tls_client_auth_subject_dn",
            f"The method tls_client_auth needs one of {', '.join(CERTIFICATE_MEMBERS)}.",
        )
    return _check_name(named[0], getattr(metadata, named[0]))


def _check_name(member: str, value: str) -> Problem | None:
    try:
        if member == "tls_client_auth_subject_dn":
            Name.from_rfc4514_string(value)
        if member == "tls_client_auth_san_ip":
            ip_address(value)
    except ValueError:
        kind = "distinguished name (RFC 4514)" if member == "tls_client_auth_subject_dn" else "network address"
        return member, f"A {kind} is needed."
    return None
