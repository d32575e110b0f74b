"""Which addresses are asked at all, and that the connection goes where the check looked."""

import socket
from typing import Any

import pytest

from idp.base import fetch
from idp.base.fetch import target
from idp.config import Settings
from tests.base.fetch.host import Host
from tests.support.services import free_port

PRIVATE = [
    "127.0.0.1", "127.255.0.1", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::a00:1", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1",
    "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"]


def entry(address: str, port: int = 443) -> tuple[Any, ...]:
    """Return one row of `getaddrinfo`."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return (family, socket.SOCK_STREAM, 6, "", (address, port) if family == socket.AF_INET else (address, port, 0, 0))


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[Any, ...]]]:
    """What the system's resolver says, by name; it has not heard of other names."""
    known: dict[str, list[tuple[Any, ...]]] = {}

    def look_up(host: str, *_: object, **__: object) -> list[tuple[Any, ...]]:
        if host not in known:
            raise socket.gaierror("unknown")
        return known[host]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses to which anybody tried to connect; none of them answers."""
    tried: list[Any] = []

    class Unconnected(socket.socket):
        def connect(self, address: Any) -> None:
            tried.append(address)
            raise ConnectionRefusedError

    monkeypatch.setattr(socket, "socket", Unconnected)
    return tried


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_reached(
    fetching: Settings, resolver: dict[str, Any], connections: list[Any], address: str
) -> None:
    """A name that leads to a private, special or transitional address is refused, alone or beside a public one."""
    fetching.allow_private_fetch = False
    for found in ([entry(address)], [entry("8.8.8.8"), entry(address)], [entry(address), entry("2606:4700::1")]):
        resolver["app.example"] = found
        with pytest.raises(fetch.FetchError, match="private address"):
            fetch.get("https://app.example/keys", largest=100)
        with pytest.raises(fetch.FetchError, match="private address"):
            fetch.post("https://app.example/out", b"x", media_type="text/plain")
    assert connections == []


def test_public_addresses_are_tried_in_turn(
    fetching: Settings, resolver: dict[str, Any], connections: list[Any]
) -> None:
    """Each public address is tried once, in the resolver's order, and four at most."""
    fetching.allow_private_fetch = False
    resolver["app.example"] = [entry(address) for address in [*PUBLIC, *PUBLIC, "9.9.9.9"]]
    with pytest.raises(fetch.FetchError, match="refuses the connection"):
        fetch.get("https://app.example/keys", largest=100)
    assert [address[:2] for address in connections] == [(address, 443) for address in PUBLIC]


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "127.1", "0", "2130706433", "0x7f.1", "017700000001", "[::1]", "[::ffff:7f00:1]", "localhost"]
)
def test_loopback_in_every_spelling_is_refused(fetching: Settings, name: str) -> None:
    """However loopback is written, the real resolver's answer is what is checked."""
    fetching.allow_private_fetch = False
    with pytest.raises(fetch.FetchError, match="private address|host is unknown"):
        fetch.get(f"https://{name}/", largest=100)


def test_the_connection_goes_to_the_address_that_was_checked(
    host: Host, resolver: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is looked up once, so that its second answer is never heard; the Host header says the name."""
    resolver["app.example"] = [entry("127.0.0.1", host.port)]
    looked_up, ask = [], socket.getaddrinfo

    def once(name: str, *more: Any, **others: Any) -> Any:
        looked_up.append(name)
        return ask(name, *more, **others)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    assert fetch.get(f"http://app.example:{host.port}/", largest=100) == b"hello"
    assert looked_up == ["app.example"]
    assert f"\r\nHost: app.example:{host.port}\r\n".encode() in host.asked[0]


def test_another_address_serves_when_the_first_does_not(host: Host, resolver: dict[str, Any]) -> None:
    """Where nobody listens at the first address, the next one is asked, once."""
    resolver["app.example"] = [entry("127.0.0.2", host.port), entry("127.0.0.1", host.port)]
    assert fetch.get(f"http://app.example:{host.port}/", largest=100) == b"hello"
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://app.example/", "only https"),
        ("ftp://app.example/", "only https"),
        ("file:///etc/passwd", "only https"),
        ("//app.example/", "only https"),
        ("", "only https"),
        ("https://", "malformed"),
        ("https:///keys", "malformed"),
        ("https:app.example/keys", "malformed"),
        ("https://app.example:port/", "malformed"),
        ("https://app.example:0/", "malformed"),
        ("https://app.example:70000/", "malformed"),
        ("https://[::1/", "malformed"),
        ("https://app.example/a b", "malformed"),
        ("https://app.example/a\r\nX: y", "malformed"),
        ("https://app.exa\tmple/", "malformed"),
        (" https://app.example/", "malformed|only https"),
        ("https://app.example\\@other.example/", "malformed"),
        ("https://äpp.example/", "malformed"),
        ("https://app.example/ä", "malformed"),
        ("https://ann:secret@app.example/", "user's name"),
        ("https://@app.example/", "user's name"),
        ("https://.app.example/", "unknown"),
        ("https://nowhere.invalid/", "unknown"),
    ],
)
def test_addresses_that_are_not_asked(
    fetching: Settings, resolver: dict[str, Any], connections: list[Any], url: str, problem: str
) -> None:
    """An address that is not https, malformed, with a user's name, or of a name nobody knows is refused with the reason."""
    fetching.allow_private_fetch = False
    for _ in range(2):
        with pytest.raises(fetch.FetchError, match=problem):
            fetch.get(url, largest=100)
    assert connections == []


def test_the_environments_proxies_are_not_asked(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment, which would look up names anew, is left out."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    assert fetch.get(host.url, largest=100) == b"hello"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://App.Example/a", "app.example"),
        ("https://app.example:443/", "app.example"),
        ("https://app.example:8443/", "app.example:8443"),
        ("https://[2606:4700::1]/", "[2606:4700::1]"),
        ("https://[2606:4700::1]:8443", "[2606:4700::1]:8443"),
    ],
)
def test_hosts_are_named(fetching: Settings, url: str, origin: str) -> None:
    """The Host header has brackets around IPv6, and the port unless it is that of the scheme (RFC 9110, section 7.2)."""
    assert target.read(url).origin == origin
