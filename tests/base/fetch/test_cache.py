"""`fetch.get_cached`: what is remembered, for how long, and who asks."""

from datetime import timedelta

import pytest
from flask import Flask, current_app

from idp.base import clock, fetch
from idp.base.fetch import cache
from tests.base.fetch.host import Host, answer, in_threads

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BROKEN = answer(b"", status="404 Not Found")


def read(host: Host, path: str = "/keys", *, asker: str = "", anew: bool = False, largest: int = 100) -> bytes:
    """Ask for a page that is fresh for an hour, and asked for anew once a minute."""
    return fetch.get_cached(
        host.url + path, asker=asker, largest=largest, fresh_for=HOUR, at_most_every=MINUTE, anew=anew
    )


def test_a_fresh_answer_is_not_asked_for(host: Host) -> None:
    """An answer is known for its time, then asked for again."""
    assert read(host) == read(host) == b"hello"
    with clock.moved(HOUR - timedelta(seconds=5)):
        host.reply = answer(b"other")
        assert read(host) == b"hello"
    assert len(host.asked) == 1
    with clock.moved(HOUR + timedelta(seconds=1)):
        assert read(host) == b"other"
    assert len(host.asked) == 2


def test_addresses_are_told_apart_as_a_whole(host: Host) -> None:
    """Query and fragment belong to what is remembered (OpenID Connect Core, section 6.2: the fragment is a hash of the content)."""
    for path in ("/a", "/a?b", "/a#1", "/a#2", "/a"):
        read(host, path)
    assert len(host.asked) == 4


def test_a_limit_holds_for_known_answers(host: Host) -> None:
    """Who wants less than is known gets no more for that."""
    assert read(host, largest=5) == b"hello"
    with pytest.raises(fetch.FetchError, match="too large"):
        read(host, largest=4)


def test_anew_asks_but_not_too_often(host: Host) -> None:
    """An unknown key is looked for anew at once; before a minute is over the answer to that has to do for the next one."""
    assert read(host) == b"hello"
    host.reply = answer(b"rotated")
    assert read(host, anew=True) == b"rotated"
    host.reply = answer(b"again")
    assert read(host, anew=True) == read(host) == b"rotated"
    with clock.moved(MINUTE + timedelta(seconds=1)):
        assert read(host) == b"rotated"
        assert read(host, anew=True) == read(host, anew=True) == read(host) == b"again"
    assert len(host.asked) == 3


def test_an_ordinary_question_does_not_begin_the_count_anew(host: Host) -> None:
    """Who asked anew less than a minute ago has to wait, also where the answer has been asked for in the ordinary way since."""
    assert read(host) == b"hello"
    with clock.moved(HOUR - timedelta(seconds=10)):
        read(host, anew=True)
        host.reply = BROKEN
    with clock.moved(2 * HOUR - timedelta(seconds=20)), pytest.raises(fetch.FetchError):
        read(host, anew=True)
    host.reply = answer(b"late")
    with clock.moved(2 * HOUR):
        assert read(host) == b"late"
        host.reply = answer(b"later")
        assert read(host, anew=True) == b"late"
    assert len(host.asked) == 4


def test_askers_are_told_apart(host: Host) -> None:
    """What was fetched for one client is not known for another, whose question counts for itself."""
    assert read(host, asker="one") == b"hello"
    host.reply = answer(b"other")
    assert (read(host, asker="two"), read(host, asker="one")) == (b"other", b"hello")
    assert read(host, asker="two", anew=True) == read(host, asker="one", anew=True) == b"other"
    assert len(host.asked) == 4


def test_a_failure_is_remembered_briefly(host: Host) -> None:
    """A failure is not tried again for some seconds, and is told with its status."""
    host.reply = BROKEN
    for anew in (False, True, False):
        with pytest.raises(fetch.FetchError, match="the answer was 404") as refused:
            read(host, anew=anew)
        assert refused.value.status == 404
    assert len(host.asked) == 1
    host.reply = answer()
    with clock.moved(cache.FAILURE_KEPT):
        assert read(host) == b"hello"


def test_a_good_answer_outlives_a_failure(host: Host) -> None:
    """Where asking anew fails, the caller is told, the known answer serves the others, and the host is left alone."""
    assert read(host) == b"hello"
    host.reply = BROKEN
    with clock.moved(2 * MINUTE):
        with pytest.raises(fetch.FetchError, match="the answer was 404"):
            read(host, anew=True)
        assert read(host) == read(host, anew=True) == b"hello"
    assert len(host.asked) == 2


def test_an_old_answer_does_not_hide_a_failure(host: Host) -> None:
    """What is no longer fresh is not used, even where nothing newer is to be had."""
    assert read(host) == b"hello"
    host.reply = BROKEN
    with clock.moved(HOUR):
        for _ in range(2):
            with pytest.raises(fetch.FetchError, match="the answer was 404"):
                read(host)
    assert len(host.asked) == 2


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.parametrize("reply", [answer(), BROKEN])
def test_callers_in_parallel_make_one_request(bare: Flask, host: Host, anew: bool, reply: bytes) -> None:
    """Of many callers of one address at one time one asks, and all get its answer or its failure."""
    bare.extensions["idp.settings"].threads = 40  # of which twenty may wait
    asked, may_answer = host.ponder(reply)
    with in_threads(bare, 20, lambda: read(host, anew=anew)) as results:
        assert asked.wait(10)
        host.reply = b""
        may_answer.set()
    assert len(host.asked) == 1
    assert {str(result) for result in results} == ({"the answer was 404"} if reply == BROKEN else {"b'hello'"})
    assert len(results) == 20


def test_one_slow_address_holds_no_other(bare: Flask, host: Host) -> None:
    """While an address is asked for, others are answered."""
    asked, may_answer = host.ponder(answer(b"late"))
    with in_threads(bare, 1, lambda: read(host, "/slow")) as results:
        assert asked.wait(10)
        host.reply = answer()
        assert read(host, "/quick") == b"hello"
        assert results == []
        may_answer.set()
    assert results == [b"late"]


def test_a_surprise_ends_the_waiting(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where asking itself breaks, nobody waits for ever, and the next caller asks again."""
    monkeypatch.setitem(current_app.extensions, "idp.settings", None)
    with pytest.raises(AttributeError):
        read(host)
    monkeypatch.undo()
    assert read(host) == b"hello"


def test_memory_is_bounded(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of answers, or of bytes, the one that was used longest ago is forgotten."""
    for name, most in (("MOST_ANSWERS", 2), ("LARGEST_SUM", 10)):
        current_app.extensions.pop("idp.fetch", None)
        host.asked.clear()
        with monkeypatch.context() as patched:
            patched.setattr(cache, name, most)
            for path in ("/a", "/b", "/a", "/c", "/a"):
                read(host, path)
            assert len(host.asked) == 3
            read(host, "/b")
            assert len(host.asked) == 4
