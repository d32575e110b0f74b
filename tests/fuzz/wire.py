"""A target for what reads the bytes of connections."""

from idp.serving import limits
from idp.serving.reading import Malformed, Reader
from tests.generated.stage import Stage

_HEADS = (
    b"GET / HTTP/1.1\r\nHost: x\r\n",
    b"POST /a HTTP/1.0\r\nContent-Length: 4\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n",
    b"POST http://x/a?b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n",
)
WIRE_WORDS = [
    "Transfer-Encoding: chunked",
    "Content-Length: ",
    "Connection: Upgrade",
    "Upgrade: h2c",
    "Host: x",
    "HTTP/1.1",
]


def wire(_stage: Stage, data: bytes) -> None:
    """What a connection brings, in pieces that end at the byte 0xfe: requests, or a refusal, and nothing of more than is allowed."""
    reader = Reader({})
    try:
        for piece in data.split(b"\xfe"):
            reader.feed(piece)
    except Malformed:
        pass
    assert reader.held <= limits.LARGEST_FRAMED
    assert len(reader.complete) <= limits.MOST_PIPELINED + 1
    for asked in reader.complete:
        assert not any("\r" in str(value) for name, value in asked.environ.items() if name.startswith("HTTP_"))


def wire_seeds() -> list[bytes]:
    """Return good requests with bodies of all kinds."""
    bodies = (b"", b"body", b"4\r\nbody\r\n0\r\n\r\n")
    return [head + b"\r\n" + body for head in _HEADS for body in bodies]
