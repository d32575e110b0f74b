"""Whose certificates are believed."""

from pathlib import Path

import pytest

from idp.base import fetch
from idp.config import Settings
from tests.base.fetch.host import answer, running
from tests.support.certificates import make_certificate


def test_an_unknown_authority_is_not_believed(fetching: Settings, tmp_path: Path) -> None:
    """A certificate that nobody vouches for ends the exchange before the question; one that the operator trusts is good."""
    certificate = make_certificate(tmp_path)
    with running(certificate) as host:
        with pytest.raises(fetch.FetchError, match="is not trusted"):
            fetch.post(host.url, b"a secret", media_type="text/plain")
        assert host.asked == []
        fetching.trusted_ca_file = certificate[0]
        assert fetch.get(host.url, largest=100) == b"hello"
        assert fetch.post(host.url, b"a secret", media_type="text/plain") == 200


def test_the_certificate_names_the_host(fetching: Settings, tmp_path: Path) -> None:
    """A trusted certificate of another name is none, although the address is the right one."""
    fetching.trusted_ca_file = make_certificate(tmp_path)[0]
    with running((tmp_path / "certificate.pem", tmp_path / "key.pem"), address="127.0.0.2") as host:
        with pytest.raises(fetch.FetchError, match="is not trusted"):
            fetch.get(host.url, largest=100)
        assert host.asked == []


def test_names_are_sent_and_checked(fetching: Settings, tmp_path: Path) -> None:
    """A name is checked against the certificate, not the address that was found for it."""
    fetching.trusted_ca_file = make_certificate(tmp_path)[0]
    with running((tmp_path / "certificate.pem", tmp_path / "key.pem")) as host:
        assert fetch.get(f"https://localhost:{host.port}/", largest=100) == b"hello"


def test_limits_hold_under_tls(fetching: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Size and deadline hold for encrypted answers as for plain ones."""
    certificate = make_certificate(tmp_path)
    fetching.trusted_ca_file = certificate[0]
    with running(certificate) as host:
        host.reply = answer(b"x" * 50_000)
        assert fetch.get(host.url, largest=50_000) == b"x" * 50_000
        with pytest.raises(fetch.FetchError, match="too large"):
            fetch.get(host.url, largest=49_999)
        monkeypatch.setattr("idp.base.fetch.wire.DEADLINE", 0.6)
        host.reply = host.drip(b"HTTP/1.1 200 OK\r\n\r\n")
        with pytest.raises(fetch.FetchError, match="too slow"):
            fetch.get(host.url, largest=10_000)
