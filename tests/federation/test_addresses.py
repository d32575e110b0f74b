"""The operator's addresses of providers: https or loopback, with certificates of the system and of the operator."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from idp import create_app
from idp.config import SettingsError
from tests.conftest import dispose, make_settings, sqlite_url
from tests.federation import stand_in
from tests.federation.traveller import Traveller, query_of
from tests.support.certificates import make_certificate


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("github_url", "http://github.example"),
        ("github_api_url", "ftp://127.0.0.1"),
        ("google_issuer", "accounts.google.com"),
        ("f42_url", "https://"),
        ("f42_url", "http://[x"),
    ],
)
def test_bad_addresses_refuse_to_boot(tmp_path: Path, name: str, value: str) -> None:
    """An address that is neither https nor on loopback ends the start, and its variable is named."""
    variable = f"IDP_{name.upper()}".replace("IDP_F42_", "IDP_42_")
    with pytest.raises(SettingsError, match=f"^{variable}: "):
        dispose(create_app(make_settings(tmp_path, sqlite_url(tmp_path), **{name: value})))


def test_certificates_are_checked(ann: Traveller, settings: Any, tmp_path: Path) -> None:
    """A provider whose certificate nobody vouches for is not spoken to; one that the operator trusts is."""
    certificate = make_certificate(tmp_path)
    with stand_in.running(certificate) as stand:
        settings.github_url = settings.github_api_url = stand.url
        for trusted, status in ((None, 400), (certificate[0], 303)):
            settings.trusted_ca_file = trusted
            back = urlsplit(stand.authorize(query_of(ann.press("github"))))
            assert ann.get(f"{back.path}?{back.query}").status_code == status
            assert (stand.count("/login/oauth/access_token") > 0) is (trusted is not None)
        assert ann.email == "ann@example.org"
