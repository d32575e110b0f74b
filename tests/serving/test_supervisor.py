"""What the main process does before it has workers."""

import resource
import socket
import ssl
from pathlib import Path

import pytest

from idp.serving import supervisor, worker
from tests.conftest import make_settings
from tests.support.certificates import make_certificate


def test_addresses_of_both_kinds_are_listened_on(tmp_path: Path) -> None:
    """An IPv6 address stands in brackets, and an IPv4 address as it is."""
    for bind, host in (("[::1]:0", "::1"), ("127.0.0.1:0", "127.0.0.1")):
        with supervisor._listen(make_settings(tmp_path, "").model_copy(update={"bind": bind})) as listener:
            address = listener.getsockname()
            assert address[0] == host
            socket.create_connection(address[:2], timeout=5).close()


def test_a_taken_address_is_said_in_one_line(tmp_path: Path) -> None:
    """An address that somebody else listens on ends the command with a sentence that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SystemExit, match=f"IDP_BIND: cannot listen on {bind}"):
            supervisor._listen(make_settings(tmp_path, "", bind=bind))


def test_old_tls_is_not_spoken(tmp_path: Path) -> None:
    """TLS 1.2 and later with forward secrecy and authenticated encryption alone, and no renegotiation (RFC 9325)."""
    cert_file, key_file = make_certificate(tmp_path)
    values = make_settings(tmp_path, "sqlite:///nothing.db", tls_cert_file=cert_file, tls_key_file=key_file)
    context = supervisor._tls(values)
    assert context is not None
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION
    older = [each for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"]
    assert older
    assert all(each["name"].startswith("ECDHE-") and each["aead"] for each in older)


@pytest.mark.parametrize(
    ("files", "seats", "most"), [(256, 4, 176), (256, 16, 128), (64, 16, 16), (20_000, 16, 8192), (-1, 16, 8192)]
)
def test_connections_leave_files_for_everything_else(
    monkeypatch: pytest.MonkeyPatch, files: int, seats: int, most: int
) -> None:
    """A worker accepts fewer connections than it may have files, so that databases, logs and other hosts have theirs."""
    limit = resource.RLIM_INFINITY if files < 0 else files
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (limit, limit))
    assert worker._most_connections(seats) == most
