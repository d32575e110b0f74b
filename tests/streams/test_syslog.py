"""Syslog: messages of RFC 5424 over UDP, TCP and TLS, to real listeners."""

import socket
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from idp import audit
from idp.base import clock
from idp.base.fetch import FetchError
from idp.streams import addresses, syslog
from tests.factories import Provider
from tests.streams.conftest import Making, carry, look
from tests.streams.listening import Listener, over_tcp, over_udp
from tests.support.certificates import make_certificate


@pytest.fixture
def loopback(app: Flask) -> None:
    """An operator who lets streams reach this host."""
    app.extensions["idp.settings"].stream_networks = "127.0.0.0/8, ::1/128"


def record(provider: Provider) -> None:
    """Write two events, one of them a failure with odd characters."""
    with provider.working():
        audit.record("signin", subject="ann", source="192.0.2.1", amr="pwd")
        audit.record("request.refused", outcome=audit.FAILURE, cause="Käse\n<165>1 forged ]")


def expect(provider: Provider, listener: Listener, number: int) -> None:
    """Expect both events and that of the stream's making, well-formed and in order."""
    found = listener.read()
    assert [message["name"] for message in found] == ["stream.created", "signin", "request.refused"]
    assert [int(message["priority"]) for message in found] == [13 * 8 + 5, 13 * 8 + 5, 13 * 8 + 4]
    assert [int(message["sequence"]) for message in found] == [message["event"]["id"] for message in found]
    assert {message["host"] for message in found} == {"127.0.0.1"}
    assert found[2]["event"]["detail"] == {"cause": "Käse\n<165>1 forged ]"}
    for message in found:
        assert message["event"]["at"].replace("+00:00", "Z") == message["at"]
    row = look(provider, number)
    assert (row.failures, row.last_error) == (0, None)


def test_over_udp(provider: Provider, loopback: None, make: Making) -> None:
    """Each event is one datagram (RFC 5426)."""
    with over_udp() as listener:
        number, secret = make(listener.url)
        assert secret is None
        record(provider)
        assert carry(provider) == 3
        until = clock.now() + timedelta(seconds=5)
        while len(listener.messages) < 3 and clock.now() < until:
            pass
        expect(provider, listener, number)


def test_over_tcp(provider: Provider, loopback: None, make: Making) -> None:
    """Each event has its length before it (RFC 6587), and a receiver that breaks off before it has read gets all of it again."""
    with over_tcp() as listener:
        number, _secret = make(listener.url)
        record(provider)
        listener.is_rude = True
        assert carry(provider) == 0
        row = look(provider, number)
        assert row.failures == 1
        assert "broke the connection off" in str(row.last_error)
        listener.is_rude = False
        with clock.moved(timedelta(seconds=6)):
            assert carry(provider) == 3
        expect(provider, listener, number)


def test_a_reset_is_told_as_one() -> None:
    """A connection that the receiver has reset after everything was sent counts as broken off, whatever the kernel calls it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        connected = socket.create_connection(listening.getsockname())
        taken = listening.accept()[0]
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        taken.close()
        with connected, pytest.raises(FetchError, match="broke the connection off"):
            syslog.take_leave(connected)


def test_over_tls(app: Flask, provider: Provider, loopback: None, make: Making, tmp_path: Path) -> None:
    """TLS is used to a host whose certificate is trusted (RFC 5425), and to no other."""
    certificate = make_certificate(tmp_path)
    with over_tcp(certificate) as listener:
        number, _secret = make(listener.url)
        record(provider)
        assert carry(provider) == 0
        assert look(provider, number).last_error == "the certificate of the host is not trusted"
        app.extensions["idp.settings"].trusted_ca_file = certificate[0]
        with clock.moved(timedelta(seconds=6)):
            assert carry(provider) == 3
        expect(provider, listener, number)


def test_nobody_listens(provider: Provider, loopback: None, make: Making) -> None:
    """A host that says that nobody listens is a failure, over UDP as well; what waits comes once somebody does."""
    with over_udp() as gone:
        pass
    with over_tcp() as closed:
        pass
    numbers = [make(listener.url)[0] for listener in (gone, closed)]
    assert carry(provider) == 0
    assert [look(provider, number).last_error for number in numbers] == [
        "the host refuses the connection: nobody listens there"
    ] * 2
    with over_tcp(port=int(closed.url.rpartition(":")[2])) as listener, clock.moved(timedelta(seconds=6)):
        carry(provider)
        assert [message["name"] for message in listener.read()] == ["stream.created"]


def test_addresses_are_read_strictly(app: Flask) -> None:
    """An address has a host and perhaps a port; users, paths, spaces and other schemes are none."""
    kinds = {
        "https://siem.example/a?b": "webhook", "syslog+udp://siem.example": "syslog", "syslog+tls://[2001:db8::1]:6514": "syslog",
        "syslog+tcp://siem.example:601/": "syslog", "http://siem.example/": None, "syslog://siem.example": None, "siem.example": None,
        "syslog+tcp://user@siem.example": None, "syslog+tcp://siem.example/path": None, "syslog+tcp://": None,
        "https://a:b@siem.example": None,
        "syslog+udp://siem.example:0": None, "syslog+udp://siem.example:99999": None, "syslog+udp://siem example": None, "": None,
    }  # fmt: skip
    with app.app_context():
        assert {address: addresses.kind_of(address) for address in kinds} == kinds
