"""What `fetch.get` and `fetch.post` ask, and which answers they take."""

import pytest

from idp.base import fetch
from tests.base.fetch.host import Host, answer


def headers(asked: bytes) -> dict[str, str]:
    """Return the headers of a request, their names in lower case."""
    lines = asked.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def test_a_question_is_plain(host: Host) -> None:
    """The path with its query is asked for without the fragment, uncompressed, under our own name."""
    assert fetch.get(f"{host.url}/keys?a=b%20c#part", largest=100, headers={"Add-Padding": "true"}) == b"hello"
    assert host.asked[0].startswith(b"GET /keys?a=b%20c HTTP/1.1\r\n")
    assert headers(host.asked[0]) == {
        "host": f"127.0.0.1:{host.port}",
        "user-agent": "Gatehouse",
        "accept-encoding": "identity",
        "connection": "close",
        "add-padding": "true",
    }


def test_a_body_is_posted(host: Host) -> None:
    """A POST carries its body with length and media type, and returns the status, whichever of success it is."""
    for status in ("200 OK", "204 No Content", "202 Accepted"):
        host.reply = answer(b"", status=status)
        assert fetch.post(f"{host.url}/out", b"logout_token=x", media_type="application/x-www-form-urlencoded") == int(
            status[:3]
        )
    assert host.asked[0].startswith(b"POST /out HTTP/1.1\r\n")
    assert host.asked[0].endswith(b"\r\n\r\nlogout_token=x")
    sent = headers(host.asked[0])
    assert (sent["content-type"], sent["content-length"]) == ("application/x-www-form-urlencoded", "14")


@pytest.mark.parametrize("status", [201, 204, 206, 301, 302, 304, 307, 400, 404, 429, 500, 503])
def test_only_200_is_an_answer_to_a_get(host: Host, status: int) -> None:
    """A GET takes no other status, follows no redirect, and its error names the status."""
    host.reply = answer(b"", f"Location: {host.url}/elsewhere", status=f"{status} Something")
    with pytest.raises(fetch.FetchError, match=f"the answer was {status}") as refused:
        fetch.get(f"{host.url}/keys", largest=100)
    assert refused.value.status == status
    assert len(host.asked) == 1


@pytest.mark.parametrize("status", [301, 303, 307, 308, 400, 404, 500, 501])
def test_a_post_names_the_status_of_a_failure(host: Host, status: int) -> None:
    """A POST is not sent on by a redirect, and its error tells a refusal (400) from a breakdown (500)."""
    host.reply = answer(b"", f"Location: {host.url}/elsewhere", status=f"{status} Something")
    with pytest.raises(fetch.FetchError) as refused:
        fetch.post(f"{host.url}/out", b"x", media_type="text/plain")
    assert refused.value.status == status
    assert len(host.asked) == 1


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "Zstd"])
def test_an_encoded_answer_is_refused(host: Host, encoding: str) -> None:
    """Nothing is decompressed, so that nothing explodes."""
    host.reply = answer(b"\x1f\x8b", f"Content-Encoding: {encoding}")
    with pytest.raises(fetch.FetchError, match="encoded"):
        fetch.get(host.url, largest=100)
    host.reply = answer(b"plain", "Content-Encoding: Identity")
    assert fetch.get(host.url, largest=100) == b"plain"


def test_a_chunked_answer_is_put_together(host: Host) -> None:
    """Chunks of a byte each are read as one body."""
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in b"hello") + b"0\r\n\r\n"
    host.reply = answer(chunks, "Transfer-Encoding: chunked")
    assert fetch.get(host.url, largest=5) == b"hello"


@pytest.mark.parametrize(
    "reply",
    [
        answer(b"hel", length=5),
        answer(b"5\r\nhel", "Transfer-Encoding: chunked"),
        answer(b"5\r\nhello\r\n", "Transfer-Encoding: chunked"),
        answer(b"-5\r\nhello\r\n", "Transfer-Encoding: chunked"),
        answer(b"zz\r\nhello\r\n", "Transfer-Encoding: chunked"),
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"",
    ],
)
def test_half_an_answer_is_none(host: Host, reply: bytes) -> None:
    """An answer that is cut off, or is no HTTP, is an error and never a shorter body."""
    host.reply = reply
    with pytest.raises(fetch.FetchError):
        fetch.get(host.url, largest=100)


def test_an_error_keeps_the_address_to_itself(host: Host) -> None:
    """Neither the address nor what the host sent is in the message of an error."""
    host.reply = b"HTTP/1.1 999999 hush-hush\r\n\r\n"
    with pytest.raises(fetch.FetchError) as refused:
        fetch.get(f"{host.url}/secret", largest=100)
    assert "secret" not in str(refused.value)
    assert "hush" not in str(refused.value)
