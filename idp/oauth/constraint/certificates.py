"""The client certificate of a request, as the proxy in front tells it (RFC 9440, section 2): TLS ends there.

The header is believed where the operator has said that a proxy writes it (`IDP_MTLS_URL`), at the host of that address alone, and nowhere
else: a certificate is public, and whoever could send the header themselves would be anybody.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from idp.base import clock
from idp.base.crypto import sha256
from idp.base.door.asked import Asked
from idp.base.extensions import settings
from idp.keys.parsing import encode

BYTES = re.compile(r":([A-Za-z0-9+/]*={0,2}):")  # RFC 8941, section 3.3.5
LONGEST = 12_000  # characters of one certificate
MOST_BETWEEN = 5  # certificates of a chain


@dataclass(frozen=True)
class Certificate:
    """A client's certificate, and those between it and an authority, as the proxy tells them; only who holds its key is proved."""

    parsed: x509.Certificate
    between: tuple[x509.Certificate, ...] = ()

    @cached_property
    def thumbprint(self) -> str:
        """The SHA-256 of it (RFC 8705, section 3.1), in base64url."""
        return encode(sha256(self.parsed.public_bytes(Encoding.DER)))

    @property
    def is_current(self) -> bool:
        """Whether it is valid at present, give or take what clocks differ by."""
        now, slack = clock.now(), timedelta(seconds=60)
        return self.parsed.not_valid_before_utc - slack <= now <= self.parsed.not_valid_after_utc + slack

    @property
    def names(self) -> x509.SubjectAlternativeName | None:
        """The names that stand in it beside its subject; None where there are none, or they cannot be read."""
        try:
            return self.parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (x509.ExtensionNotFound, ValueError):
            return None

    def is_trusted(self, authorities: Path) -> bool:
        """Return whether an authority of this file has issued it, for clients, and it is valid (RFC 5280, section 6)."""
        builder = verification.PolicyBuilder().store(_store(authorities, authorities.stat().st_mtime_ns))
        # People, services and devices have certificates without names beside their subject.
        leaf = verification.ExtensionPolicy.permit_all()
        authority = verification.ExtensionPolicy.webpki_defaults_ca()
        policies = builder.extension_policies(ca_policy=authority, ee_policy=leaf).time(clock.now())
        try:
            policies.build_client_verifier().verify(self.parsed, list(self.between))
        except (verification.VerificationError, ValueError):
            return False
        return self._is_for_clients()

    def _is_for_clients(self) -> bool:
        try:
            usage = self.parsed.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            return True
        except ValueError:
            return False
        return ExtendedKeyUsageOID.CLIENT_AUTH in usage


def read(asked: Asked) -> Certificate | None:
    """Return the certificate of a request; None where it came without one, elsewhere than by the proxy, or with one that is malformed."""
    sent = asked.environ.get("HTTP_CLIENT_CERT")
    if sent is None or not is_at_own_host(asked):
        return None
    leaf = _parse(sent)
    if leaf is None:
        return None
    chain = asked.environ.get("HTTP_CLIENT_CERT_CHAIN", "")
    between = [_parse(each) for each in chain.split(",", MOST_BETWEEN)[:MOST_BETWEEN]] if chain else []
    return Certificate(leaf, tuple(each for each in between if each is not None))


def is_at_own_host(asked: Asked) -> bool:
    """Return whether a request came by the address at which the proxy asks for certificates."""
    address = settings().mtls_url
    return address is not None and asked.environ.get("HTTP_HOST", "").lower() == urlsplit(address).netloc.lower()


def _parse(text: str) -> x509.Certificate | None:
    found = BYTES.fullmatch(text.strip()) if len(text) <= LONGEST else None
    if found is None:
        return None
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(found[1], validate=True))
        certificate.public_key()
        _ = certificate.subject, certificate.not_valid_after_utc
    except (ValueError, TypeError, binascii.Error, x509.UnsupportedGeneralNameType):
        return None
    except Exception:  # whatever the library makes of what anybody may have issued, it is no certificate for us
        return None
    return certificate


@lru_cache(maxsize=4)
def _store(authorities: Path, _changed_at: int) -> verification.Store:
    return verification.Store(x509.load_pem_x509_certificates(authorities.read_bytes()))
