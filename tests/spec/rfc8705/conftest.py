"""A server behind a proxy that tells certificates."""

from pathlib import Path

import pytest
from flask import Flask

from tests.spec.rfc8705.issuing import HOST, Authority


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Whom the operator trusts."""
    return Authority()


@pytest.fixture(autouse=True)
def _proxied(app: Flask, authority: Authority, tmp_path: Path) -> None:
    """Believe the proxy at its own address, and the authority."""
    settings, path = app.extensions["idp.settings"], tmp_path / "authorities.pem"
    path.write_bytes(authority.pem)
    settings.mtls_url, settings.mtls_ca_file, settings.trusted_proxies = f"https://{HOST}", path, 1
