"""The addresses of the transmitter (SSF 1.0, sections 7 and 8; RFC 8936): its configuration, and what receivers do with their streams."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import Flask

from idp.base.door import frame as door
from idp.base.door.answer import JSON, Answer, tell
from idp.base.door.asked import Asked
from idp.base.door.frame import Address
from idp.base.door.published import Published
from idp.base.extensions import settings
from idp.base.http import programs_only, unlimited
from idp.clients import known
from idp.keys.parsing import read_object
from idp.oauth import cors
from idp.signals import configuration, identifiers, polling, streams, subjects
from idp.signals.admission import Refusal, actor_of, admit
from idp.signals.configuration import METHODS, Invalid
from idp.signals.identifiers import Malformed
from idp.signals.models import DISABLED, POLL, SignalStream

PROGRAM = "called with a bearer token; no cookie is read"
GUARDED = "a token is needed; guessing one of 256 bits is hopeless"
VERSION = "1_0"
STREAMS, STATUS, POLLS = "/ssf/streams", "/ssf/status", "/ssf/poll"
ADD, REMOVE, VERIFICATION = "/ssf/subjects/add", "/ssf/subjects/remove", "/ssf/verification"

View = Callable[[Asked], Answer]


def init_app(app: Flask) -> None:
    """Answer at these addresses."""
    published = Published("show_transmitter", metadata)
    for address in (
        Address("/.well-known/ssf-configuration", {"GET": published.show}, cors.share_with_everybody, published),
        Address(
            STREAMS,
            {
                "GET": show_streams,
                "POST": create_stream,
                "PATCH": update_stream,
                "PUT": replace_stream,
                "DELETE": delete_stream,
            },
        ),
        Address(STATUS, {"GET": show_status, "POST": update_status}),
        Address(ADD, {"POST": add_subject}),
        Address(REMOVE, {"POST": remove_subject}),
        Address(VERIFICATION, {"POST": verify_stream}),
        Address(POLLS, {"POST": poll_stream}),
    ):
        door.add(app, address)


def metadata() -> dict[str, Any]:
    """Return the transmitter's metadata (SSF 1.0, section 7.1)."""
    issuer = settings().issuer
    return {
        "spec_version": VERSION,
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "delivery_methods_supported": list(METHODS),
        "configuration_endpoint": f"{issuer}{STREAMS}",
        "status_endpoint": f"{issuer}{STATUS}",
        "add_subject_endpoint": f"{issuer}{ADD}",
        "remove_subject_endpoint": f"{issuer}{REMOVE}",
        "verification_endpoint": f"{issuer}{VERIFICATION}",
        "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6749"}],
        "default_subjects": "ALL",
    }


def answering(view: View) -> View:
    """Tell a refusal of a view as its answer, and have nothing of it kept by whoever passes it on."""

    @wraps(view)
    def answer(asked: Asked) -> Answer:
        try:
            found = view(asked)
        except Refusal as refusal:
            found = refusal.answer()
        except Invalid as error:
            found = Refusal(HTTPStatus.BAD_REQUEST, str(error)).answer()
        found.headers["Cache-Control"] = "no-store"
        return found

    return answer


@answering
def show_streams(asked: Asked) -> Answer:
    """Show one stream, or all of the receiver's (SSF 1.0, section 8.1.1.2)."""
    client_id = admit(asked, reads=True)
    if "stream_id" in asked.query:
        return tell(streams.describe(_find(_named(asked), client_id)))
    return _tell_in_order([streams.describe(row) for row in streams.of_client(client_id)])


@unlimited(GUARDED)
@programs_only(PROGRAM)
@answering
def create_stream(asked: Asked) -> Answer:
    """Make a stream (SSF 1.0, section 8.1.1.1)."""
    client_id = admit(asked)
    wanted = configuration.read(_read(asked, may_be_empty=True))
    try:
        row = streams.create(client_id, wanted, actor=actor_of(client_id))
    except streams.TooMany:
        raise Refusal(HTTPStatus.CONFLICT, f"There are {streams.MOST} streams already, which is the most.") from None
    return tell(streams.describe(row), HTTPStatus.CREATED)


@unlimited(GUARDED)
@programs_only(PROGRAM)
@answering
def update_stream(asked: Asked) -> Answer:
    """Change those members that are given (SSF 1.0, section 8.1.1.3)."""
    return _change(asked, is_whole=False)


@unlimited(GUARDED)
@programs_only(PROGRAM)
@answering
def replace_stream(asked: Asked) -> Answer:
    """Change everything that a receiver supplies (SSF 1.0, section 8.1.1.4)."""
    return _change(asked, is_whole=True)


@unlimited(GUARDED)
@programs_only(PROGRAM)
@answering
def delete_stream(asked: Asked) -> Answer:
    """Delete a stream (SSF 1.0, section 8.1.1.5)."""
    client_id = admit(asked)
    streams.remove(_find(_named(asked), client_id, for_change=True), actor=actor_of(client_id))
    return Answer(HTTPStatus.NO_CONTENT)


@answering
def show_status(asked: Asked) -> Answer:
    """Show a stream's status (SSF 1.0, section 8.1.2.1)."""
    client_id = admit(asked, reads=True)
    return tell(streams.describe_status(_find(_named(asked), client_id)))


@unlimited(GUARDED)
@programs_only(PROGRAM)
@answering
def update_status(asked: Asked) -> Answer:
    """Enable, pause or disable a stream (SSF 1.0, section 8.1.2.2)."""
    client_id = admit(asked)
    document = _read(asked)
    status, reason = configuration.read_status(document)
    row = _find(document.get("stream_id"), client_id, for_change=True)
    if row.is_held and status != row.status:
        raise Refusal(HTTPStatus.FORBIDDEN, streams.HELD, "access_denied")
    streams.set_status(row, status, reason, actor=actor_of(client_id))
    return tell(streams.describe_status(row))


@unlimited(GUARDED)
@programs_only(PROGRAM)
@answering
def add_subject(asked: Asked) -> Answer:
    """Put somebody back into a stream (SSF 1.0, section 8.1.3.2)."""
    row, subject = _read_subject(asked)
    if subject is not None:
        subjects.include(row, subject)
    return Answer(HTTPStatus.OK)


@unlimited(GUARDED)
@programs_only(PROGRAM)
@answering
def remove_subject(asked: Asked) -> Answer:
    """Take somebody out of a stream (SSF 1.0, section 8.1.3.3)."""
    row, subject = _read_subject(asked)
    if subject is not None and not subjects.exclude(row, subject):
        sentence = f"{subjects.MOST_EXCLUDED} people are out of the stream already, which is the most."
        raise Refusal(HTTPStatus.FORBIDDEN, sentence, "access_denied")
    return Answer(HTTPStatus.NO_CONTENT)


@unlimited("once in ten seconds a stream, by a token that cannot be guessed")
@programs_only(PROGRAM)
@answering
def verify_stream(asked: Asked) -> Answer:
    """Send a verification event over a stream (SSF 1.0, section 8.1.4.2)."""
    client_id = admit(asked)
    document = _read(asked)
    state = configuration.read_state(document)
    row = _find(document.get("stream_id"), client_id)
    if row.status == DISABLED:
        raise Refusal(HTTPStatus.BAD_REQUEST, "The stream is disabled: nothing goes out over it.")
    if not streams.ask_verification(row, state):
        seconds = int(streams.VERIFICATION_EVERY.total_seconds())
        sentence = f"A verification may be asked for once in {seconds} seconds."
        raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, sentence, headers={"Retry-After": str(seconds)})
    return Answer(HTTPStatus.NO_CONTENT)


@unlimited("receivers poll as often as they like, by a token that cannot be guessed")
@programs_only(PROGRAM)
@answering
def poll_stream(asked: Asked) -> Answer:
    """Answer a poll (RFC 8936, section 2)."""
    client_id = admit(asked)
    row = _find(_named(asked), client_id, for_change=True)
    poll = polling.read(_read(asked, may_be_empty=True))
    if row.method != POLL:
        raise Refusal(HTTPStatus.BAD_REQUEST, "Events of this stream are pushed, and not polled.")
    return _tell_in_order(polling.answer(row, poll))


def _change(asked: Asked, *, is_whole: bool) -> Answer:
    client_id = admit(asked)
    document = _read(asked)
    wanted = configuration.read(document)
    row = _find(document.get("stream_id"), client_id, for_change=True)
    _compare(row, document)
    streams.change(row, wanted, is_whole=is_whole, actor=actor_of(client_id))
    return tell(streams.describe(row))


def _compare(row: SignalStream, document: Mapping[str, Any]) -> None:
    """Hold a receiver to what this side alone says (SSF 1.0, section 8.1.1.3)."""
    for member, value in streams.supplied(row).items():
        if member in document and document[member] != value:
            raise Invalid(member, "it is this server's to say, and says otherwise.")


def _read(asked: Asked, *, may_be_empty: bool = False) -> dict[str, Any]:
    if may_be_empty and not asked.body.strip():
        return {}
    document = read_object(asked.body)
    if document is None:
        raise Refusal(HTTPStatus.BAD_REQUEST, "The body must be a JSON object, without a member twice.")
    return document


def _named(asked: Asked) -> str:
    """Return the stream that the query names."""
    named = asked.query.get("stream_id", [])
    if len(named) != 1:
        raise Refusal(HTTPStatus.BAD_REQUEST, "The query must name one stream_id.")
    return named[0]


def _find(stream_id: Any, client_id: str, *, for_change: bool = False) -> SignalStream:
    if not isinstance(stream_id, str):
        raise Invalid("stream_id", "the identifier of a stream is needed.")
    row = streams.find(stream_id, client_id, for_change=for_change)
    if row is None:
        raise Refusal(HTTPStatus.NOT_FOUND, "The client has no such stream.")
    return row


def _read_subject(asked: Asked) -> tuple[SignalStream, str | None]:
    client_id = admit(asked)
    document = _read(asked)
    if not isinstance(document.get("verified", True), bool):
        raise Invalid("verified", "true or false is needed.")
    row = _find(document.get("stream_id"), client_id, for_change=True)
    client = known.find(client_id)
    if client is None:
        raise Refusal(HTTPStatus.FORBIDDEN, "The client is disabled.", "access_denied")
    if document.get("subject") == identifiers.of_stream(row.id):
        raise Refusal(HTTPStatus.FORBIDDEN, "News about the stream itself always go out over it.", "access_denied")
    try:
        return row, subjects.find(document.get("subject"), client)
    except Malformed as error:
        raise Invalid("subject", str(error)) from None


def _tell_in_order(document: Any) -> Answer:
    """Return JSON whose members stay in their order: many a receiver reads events in the one in which they stand there."""
    return Answer(HTTPStatus.OK, f"{json.dumps(document)}\n".encode(), {"Content-Type": JSON})
