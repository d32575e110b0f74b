"""Document 4's service as it is deployed: a PostgreSQL database of its own, and HTTPS with a certificate that it signed itself."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.contracts.conftest import OpenHouse
from tests.contracts.house import House
from tests.factories import PASSWORD
from tests.support.certificates import make_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The certificate and the key of this service."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def auth_service(open_own: OpenHouse, certificate: tuple[Path, Path]) -> Iterator[House]:
    """The service on its own PostgreSQL database, serving HTTPS."""
    certificate_file, key_file = certificate
    with open_own("postgresql", IDP_TLS_CERT_FILE=certificate_file, IDP_TLS_KEY_FILE=key_file) as house:
        yield house


def test_the_whole_flow(auth_service: House, certificate: tuple[Path, Path]) -> None:
    """Sign-in, a request with the access token, refresh and logout go over HTTPS, the certificate verified, none of it in clear."""
    http = auth_service.caller()
    http.http.verify = str(certificate[0])
    assert auth_service.url.startswith("https://")
    member = auth_service.member()
    pair = http.post("/auth/login/", {"username": member.username, "password": PASSWORD})
    assert pair.status_code == 200
    assert "max-age" in pair.headers["Strict-Transport-Security"]
    assert http.get("/users/me/", token=pair.json()["access"]).json()["id"] == member.id
    fresh = http.post("/auth/token/refresh/", {"refresh": pair.json()["refresh"]})
    assert fresh.status_code == 200
    out = http.post("/auth/logout/", {"refresh_token": pair.json()["refresh"]})
    assert (out.status_code, out.json()) == (200, {"message": "Logged out successfully"})
    assert http.get("/users/me/", token=fresh.json()["access"]).status_code == 401
    with auth_service.provider.working():
        assert auth_service.provider.app.extensions["idp.settings"].database_url.startswith("postgresql")


def test_a_stranger_to_the_certificate(auth_service: House) -> None:
    """A client that does not trust the certificate refuses it, and with verification switched off gets its answer."""
    with pytest.raises(requests.exceptions.SSLError):
        auth_service.caller().get("/healthz")
    trusting = auth_service.caller()
    context = ssl.create_default_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    trusting.http.verify = False
    with pytest.warns(Warning, match="Unverified HTTPS request"):
        assert trusting.get("/healthz").status_code == 200


def test_nothing_is_answered_in_clear(auth_service: House) -> None:
    """Plain HTTP to the same port gets no tokens: the connection is closed or the request refused."""
    url = auth_service.url.replace("https://", "http://")
    try:
        answer = requests.post(f"{url}/auth/login/", json={"username": "ann", "password": PASSWORD}, timeout=20)
    except requests.exceptions.ConnectionError:
        return
    assert answer.status_code == 400
