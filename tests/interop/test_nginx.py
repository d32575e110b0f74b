"""Mutual TLS behind a real nginx, which ends TLS, asks for certificates and tells them (RFC 8705, RFC 9440)."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.keys.strangers import PRIVATE, jwk
from tests.spec.rfc8705.issuing import Authority, Issued, self_signed
from tests.support import services
from tests.support.certificates import make_certificate
from tests.support.serving import RunningServer, serve

pytestmark = [
    pytest.mark.slow,
    # Its server certificate is nobody's, and it is not what is looked at.
    pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning"),
]
HERE = Path(__file__).parent
MODULES = "/usr/lib/nginx/modules"
FORM = {"grant_type": "client_credentials"}


@dataclass(frozen=True)
class Front:
    """nginx at its two addresses, and the provider behind it."""

    directory: Path
    plain: str
    mutual: str
    provider: RunningServer

    def ask(self, client_id: str, certificate: Issued | None, *, at: str = "", **headers: str) -> requests.Response:
        """Send a token request over a connection with a certificate, or without one."""
        files = self._write(certificate) if certificate is not None else None
        address = f"{at or self.mutual}/oauth/token"
        form = FORM | {"client_id": client_id}
        return requests.post(address, data=form, cert=files, headers=headers, verify=False, timeout=30)  # noqa: S501

    def _write(self, certificate: Issued) -> tuple[str, str]:
        pem, key = self.directory / "client.pem", self.directory / "client.key"
        pem.write_bytes(certificate.parsed.public_bytes(Encoding.PEM))
        key.write_bytes(PRIVATE["ES256"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return str(pem), str(key)


@contextmanager
def fronted(directory: Path, authority: Authority) -> Iterator[Front]:
    """Run a provider, and nginx in front of it."""
    make_certificate(directory)
    (directory / "authorities.pem").write_bytes(authority.pem)
    port, mutual = services.free_port(), services.free_port()
    plain_url, mutual_url = f"https://127.0.0.1:{port}", f"https://127.0.0.1:{mutual}"
    settings = {
        "IDP_ISSUER": plain_url, "IDP_MTLS_URL": mutual_url, "IDP_TRUSTED_PROXIES": "1",
        "IDP_MTLS_CA_FILE": str(directory / "authorities.pem"), "IDP_WORKERS": "1",
    }  # fmt: skip
    with serve(settings) as server:
        shutil.copy(HERE / "cert.js", directory)
        written = (HERE / "nginx.conf").read_text()
        places = {"DIRECTORY": str(directory), "MODULES": MODULES, "MTLS_PORT": str(mutual), "PORT": str(port)}
        for name, value in {**places, "PROVIDER": f"http://127.0.0.1:{server.port}"}.items():
            written = written.replace(name, value)
        (directory / "nginx.conf").write_text(written)
        pid = services.spawn(
            [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(directory / "nginx.conf")], directory / "log"
        )
        try:
            while services.is_free(mutual):
                assert services.is_running(pid), (directory / "log").read_text()
            yield Front(directory, plain_url, mutual_url, server)
        finally:
            services.stop(pid)


def make_client(front: Front, *options: str) -> str:
    """Register a client that acts for itself."""
    words = ("client", "create", "--name", "Robot", "--grant", "client_credentials", "--scope", "reports", *options)
    return str(json.loads(front.provider.idp(*words))["client_id"])


def test_certificates_through_nginx(tmp_path: Path) -> None:
    """A client proves itself with a certificate that nginx tells, its token names it, and no header of its own is believed."""
    authority = Authority()
    with fronted(tmp_path, authority) as front:
        robot = make_client(
            front, "--auth-method", "tls_client_auth", "--tls-client-auth-subject-dn", "CN=shop,O=Example",
            "--tls-client-certificate-bound-access-tokens",
        )  # fmt: skip
        good = authority.issue()
        answer = front.ask(robot, good)
        assert answer.status_code == 200, answer.text
        claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
        assert claims["cnf"] == {"x5t#S256": good.thumbprint}
        for refused in (
            front.ask(robot, authority.issue("another")),
            front.ask(robot, Authority().issue()),
            front.ask(robot, None),
            front.ask(robot, None, **{"Client-Cert": good.header}),
            front.ask(robot, None, at=front.plain, **{"Client-Cert": good.header}),
        ):
            assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client"), refused.text
        (tmp_path / "jwks.json").write_text(json.dumps({"keys": [jwk("ES256")]}))
        own = ("--auth-method", "self_signed_tls_client_auth", "--jwks-file", str(tmp_path / "jwks.json"))
        assert front.ask(make_client(front, *own), self_signed()).status_code == 200
        told = requests.get(f"{front.plain}/.well-known/openid-configuration", verify=False, timeout=30).json()  # noqa: S501
        assert told["mtls_endpoint_aliases"]["token_endpoint"] == f"{front.mutual}/oauth/token"
