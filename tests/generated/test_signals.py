"""Bodies and queries for /ssf that nobody thought of: each is answered in JSON, a refusal says why, and none is a surprise."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generated.stage import Stage
from tests.generated.texts import EDGES, examples
from tests.keys.strangers import JSON
from tests.signals.receiving import CAEP, POLL, PUSH, Receiver, make_receiver

WORDS = (
    *EDGES,
    PUSH,
    POLL,
    "iss_sub",
    "email",
    "opaque",
    "complex",
    "enabled",
    "ann@example.org",
    "https://a.example/x",
)
VALUES = JSON | st.sampled_from(WORDS) | st.sampled_from([True, False, None, -1, 0, 1.5, [], {}, [{}], 10**400])
MEMBERS = (
    "stream_id", "delivery", "events_requested", "events_delivered", "description", "format", "iss", "aud", "status", "reason", "state",
    "subject", "verified", "maxEvents", "returnImmediately", "ack", "setErrs",
)  # fmt: skip
DELIVERY = st.fixed_dictionaries(
    {},
    optional={
        "method": st.sampled_from([PUSH, POLL]) | VALUES,
        "endpoint_url": st.sampled_from(["https://a.example/x", "https://[::1", "http://a"]) | VALUES,
        "authorization_header": VALUES,
    },
)
SIMPLE = st.fixed_dictionaries(
    {"format": st.sampled_from(["iss_sub", "email", "opaque", "aliases"]) | VALUES},
    optional={"iss": st.just("http://127.0.0.1:5000") | VALUES, "sub": VALUES, "email": VALUES, "id": VALUES},
)
SUBJECT = (
    SIMPLE | st.fixed_dictionaries({"format": st.just("complex")}, optional={"user": SIMPLE, "x": VALUES}) | VALUES
)
ERRORS = st.dictionaries(
    st.sampled_from(WORDS), st.dictionaries(st.sampled_from(["err", "description"]), VALUES) | VALUES
)
OBJECTS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(MEMBERS, VALUES)
    | {
        "delivery": DELIVERY | VALUES,
        "events_requested": st.lists(st.just(f"{CAEP}session-revoked") | VALUES, max_size=3) | VALUES,
        "subject": SUBJECT,
        "status": st.sampled_from(["enabled", "paused", "disabled"]) | VALUES,
        "ack": st.lists(st.sampled_from(WORDS) | VALUES, max_size=3) | VALUES,
        "setErrs": ERRORS | VALUES,
    },
)
PLACES = (
    ("POST", "/ssf/streams"), ("PATCH", "/ssf/streams"), ("PUT", "/ssf/streams"), ("POST", "/ssf/status"),
    ("POST", "/ssf/subjects/add"), ("POST", "/ssf/subjects/remove"), ("POST", "/ssf/verification"), ("POST", "/ssf/poll"),
)  # fmt: skip


@pytest.fixture(scope="module")
def receiver(stage: Stage) -> Receiver:
    """A receiver with a stream."""
    made = make_receiver(stage.provider)
    made.make()
    return made


def judge(stage: Stage, receiver: Receiver, method: str, path: str, body: Any) -> None:
    """Send a request and check the answer."""
    options: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"document": body}
    answer = receiver.ask(method, path, **options)
    surprise, stage.surprises.last = stage.surprises.last, None
    if answer.status_code >= 500:
        raise AssertionError(f"{answer.status_code} {answer.text[:500]}") from surprise
    if answer.status_code >= 400:
        assert set(answer.json) == {"error", "error_description"}
        assert answer.json["error_description"].isprintable()


def stream_of(receiver: Receiver) -> str:
    """Return a stream, one that is there still."""
    found = receiver.ask("GET", "/ssf/streams").json
    return str(found[0]["stream_id"]) if found else "none"


@given(place=st.sampled_from(PLACES), good=st.booleans(), body=OBJECTS)
@examples(300)
def test_any_object(stage: Stage, receiver: Receiver, place: tuple[str, str], good: bool, body: dict[str, Any]) -> None:
    """Any object is taken, or refused with the member that is wrong; a good stream is named in half of them."""
    method, path = place
    number = stream_of(receiver)
    named = body | {"stream_id": number} if good else body
    judge(stage, receiver, method, f"{path}?stream_id={number}" if path.endswith("poll") else path, named)


@given(
    place=st.sampled_from(PLACES),
    body=st.binary(max_size=40) | st.sampled_from([b"[1]", b'"x"', b"{", b'{"a":1,"a":2}']),
)
@examples(80)
def test_any_bytes(stage: Stage, receiver: Receiver, place: tuple[str, str], body: bytes) -> None:
    """Bytes that are no JSON object are refused."""
    judge(stage, receiver, *place, body)


@given(method=st.sampled_from(["GET", "DELETE"]), number=st.sampled_from(WORDS) | st.text(max_size=30))
@examples(80)
def test_any_stream(stage: Stage, receiver: Receiver, method: str, number: str) -> None:
    """Any text as the name of a stream is one of this receiver's, or is not there."""
    number = number.encode("utf-8", "replace").decode()  # half a character cannot be sent in a query
    for path in ("/ssf/streams", "/ssf/status"):
        answer = receiver.ask(method, path, query_string={"stream_id": number})
        surprise, stage.surprises.last = stage.surprises.last, None
        if answer.status_code not in {200, 204, 400, 404, 405}:
            raise AssertionError(f"{answer.status_code} {answer.text[:500]}") from surprise
