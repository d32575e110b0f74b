"""Certificates of clients and of the authority that issues them, and how a proxy tells them (RFC 9440, section 2)."""

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from werkzeug.test import TestResponse

from idp.base import clock
from idp.base.crypto import sha256
from tests.factories import Client, Provider
from tests.keys.strangers import PRIVATE, b64

DAY = timedelta(days=1)
HOST = "mtls.example"


@dataclass(frozen=True)
class Issued:
    """A certificate."""

    parsed: x509.Certificate

    @property
    def header(self) -> str:
        """What the proxy writes."""
        return f":{base64.b64encode(self.parsed.public_bytes(Encoding.DER)).decode()}:"

    @property
    def thumbprint(self) -> str:
        """Its SHA-256, in base64url."""
        return b64(sha256(self.parsed.public_bytes(Encoding.DER)))


def name(text: str) -> x509.Name:
    """Return a subject of one common name."""
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"), x509.NameAttribute(NameOID.COMMON_NAME, text)]
    )


class Authority:
    """An authority that issues certificates."""

    def __init__(self, text: str = "Authority") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = name(text)
        self.certificate = self._sign(
            _blank(self.name, self.name, self.key).add_extension(x509.BasicConstraints(True, None), True)
        )

    def _sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        identifier = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        return builder.add_extension(identifier, False).add_extension(usage, True).sign(self.key, SHA256())

    @property
    def pem(self) -> bytes:
        """Its own certificate, as operators keep it."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(self, subject: str = "shop", *names: x509.GeneralName, days: int = 1, **more: Any) -> Issued:
        """Issue a certificate for so many days from now on."""
        builder = _blank(name(subject), self.name, more.get("key", PRIVATE["ES256"]), days)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        usage = more.get("usage", ExtendedKeyUsageOID.CLIENT_AUTH)
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), False)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return Issued(builder.add_extension(identifier, False).sign(self.key, SHA256()))


def self_signed(key: Any = None, days: int = 1) -> Issued:
    """Return a certificate that a client has made itself."""
    key = key or PRIVATE["ES256"]
    return Issued(_blank(name("shop"), name("shop"), key, days).sign(key, SHA256()))


def _blank(subject: x509.Name, issuer: x509.Name, key: Any, days: int = 1) -> x509.CertificateBuilder:
    now = clock.now()
    begins, ends = (now - DAY, now + days * DAY) if days > 0 else (now - 3 * DAY, now + days * DAY)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return builder.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)


def ask(
    provider: Provider, client: Client, certificate: Issued | str | None, host: str = HOST, **form: Any
) -> TestResponse:
    """Send a token request through the proxy, with a certificate."""
    header = certificate.header if isinstance(certificate, Issued) else certificate
    headers = {"Host": host} | ({"Client-Cert": header} if header is not None else {})
    values = {"client_id": client.client_id, "grant_type": "client_credentials"} | form
    if client.secret:
        headers |= client.basic()
    return provider.http.post("/oauth/token", data=values, headers=headers)
