"""SSF 1.0, section 8.1: what receivers do with their streams, and who may."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import session
from idp.clients import service as clients
from idp.signals import streams
from idp.signals.models import SignalStream
from tests.base.fetch.host import Host
from tests.factories import Browser, Person, Provider
from tests.signals.receiving import CAEP, HEADER, POLL, PUSH, RISC, SSF, Receiver, deliver, heard, make_receiver, short

KINDS = [
    *(f"{CAEP}{name}" for name in ("session-revoked", "credential-change", "token-claims-change")),
    *(f"{RISC}{name}" for name in ("account-disabled", "account-enabled", "account-purged")),
]


def test_the_transmitter_tells_its_configuration(provider: Provider) -> None:
    """Every member that the interoperability profile of CAEP asks for (2.3), published to whoever asks (SSF, 7.2)."""
    answered = provider.http.get("/.well-known/ssf-configuration")
    told = answered.json
    assert (answered.status_code, answered.content_type) == (200, "application/json")
    assert (told["spec_version"], told["issuer"], told["default_subjects"]) == ("1_0", provider.issuer, "ALL")
    assert told["delivery_methods_supported"] == [PUSH, POLL]
    assert told["authorization_schemes"] == [{"spec_urn": "urn:ietf:rfc:6749"}]
    for name in ("configuration", "status", "add_subject", "remove_subject", "verification"):
        path = told[f"{name}_endpoint"].removeprefix(provider.issuer)
        assert provider.http.open(path, method="OPTIONS").headers["Allow"] != ""
        assert provider.http.post(path, json={}).status_code == 401
    assert provider.http.get(told["jwks_uri"].removeprefix(provider.issuer)).json["keys"]


def test_a_stream_is_made_read_changed_replaced_and_deleted(provider: Provider, receiver: Receiver) -> None:
    """The whole life of a stream, each answer with all of its configuration (8.1.1), and all of it in the audit log."""
    assert receiver.ask("GET", "/ssf/streams").json == []
    made = receiver.make(events_requested=[KINDS[0], "urn:example:unknown"], description="Ours")
    assert made["iss"] == provider.issuer
    assert made["aud"] == receiver.client.client_id
    assert made["events_supported"] == KINDS
    assert made["events_requested"] == [KINDS[0], "urn:example:unknown"]
    assert made["events_delivered"] == [KINDS[0]]
    assert made["delivery"]["method"] == POLL
    path = f"/ssf/streams?stream_id={made['stream_id']}"
    assert receiver.ask("GET", path).json == made
    assert receiver.ask("GET", "/ssf/streams").json == [made]
    patched = receiver.ask("PATCH", "/ssf/streams", {"stream_id": made["stream_id"], "description": "Other"})
    assert patched.json == made | {"description": "Other"}
    delivery = {"method": PUSH, "endpoint_url": "https://receiver.example/events", "authorization_header": HEADER}
    put = receiver.ask(
        "PUT", "/ssf/streams", {"stream_id": made["stream_id"], "delivery": delivery, "iss": made["iss"]}
    )
    assert put.status_code == 200
    assert put.json["delivery"] == {"method": PUSH, "endpoint_url": "https://receiver.example/events"}
    assert put.json["events_delivered"] == KINDS
    assert {"description", "events_requested"}.isdisjoint(put.json)
    gone = receiver.ask("DELETE", path)
    assert (gone.status_code, gone.data, gone.headers["Cache-Control"]) == (204, b"", "no-store")
    assert receiver.ask("GET", path).status_code == receiver.ask("DELETE", path).status_code == 404
    with provider.working():
        events = session().scalars(select(AuditEvent).where(AuditEvent.event.startswith("signals."))).all()
        assert [event.event for event in events] == [
            "signals.created",
            "signals.changed",
            "signals.changed",
            "signals.deleted",
        ]
        assert HEADER not in str([(event.detail, event.changes) for event in events])


def test_the_header_of_a_receiver_goes_to_no_other_address(provider: Provider, receiver: Receiver) -> None:
    """It stays where a receiver writes back what it read, is sealed, never told, and dropped with the address (6.1.1)."""
    made = receiver.make(
        delivery={"method": PUSH, "endpoint_url": "https://a.example/x", "authorization_header": HEADER}
    )

    def header() -> str | None:
        with provider.working():
            row = streams.find(made["stream_id"])
            assert row is not None
            assert HEADER.encode() not in (row.sealed_authorization or b"")
            return streams.open_authorization(row)

    assert HEADER not in str(made)
    assert receiver.ask("PUT", "/ssf/streams", made).status_code == 200
    assert header() == HEADER
    other = made["delivery"] | {"endpoint_url": "https://b.example/x"}
    assert receiver.ask("PATCH", "/ssf/streams", {"stream_id": made["stream_id"], "delivery": other}).status_code == 200
    assert header() is None


@pytest.mark.parametrize(
    ("document", "member"),
    [
        ({"delivery": "urn:ietf:rfc:8935"}, "delivery"),
        ({"delivery": {"method": "urn:example"}}, "delivery.method"),
        ({"delivery": {"method": PUSH}}, "delivery.endpoint_url"),
        ({"delivery": {"method": PUSH, "endpoint_url": "ftp://a.example"}}, "delivery.endpoint_url"),
        ({"delivery": {"method": PUSH, "endpoint_url": "https://u:p@a.example"}}, "delivery.endpoint_url"),
        (
            {"delivery": {"method": PUSH, "endpoint_url": "https://a.example", "authorization_header": "a\r\nb: c"}},
            "delivery.authorization_header",
        ),
        ({"events_requested": "all"}, "events_requested"),
        ({"events_requested": [7]}, "events_requested"),
        ({"description": "\x00"}, "description"),
        ({"format": "phone_number"}, "format"),
    ],
)
def test_a_member_of_another_form_is_refused_by_its_name(
    receiver: Receiver, document: dict[str, Any], member: str
) -> None:
    """400 names the member, and nothing is made (8.1.1.1)."""
    refused = receiver.ask("POST", "/ssf/streams", document)
    assert refused.status_code == 400
    assert refused.json["error_description"].startswith(f"{member}: ")
    assert receiver.ask("GET", "/ssf/streams").json == []


def test_what_this_side_says_has_to_match(receiver: Receiver) -> None:
    """A change that claims another issuer, audience or set of events is refused; one without a stream too (8.1.1.3)."""
    made = receiver.make()
    for member in ("iss", "aud", "events_supported", "events_delivered", "min_verification_interval"):
        for method in ("PATCH", "PUT"):
            refused = receiver.ask(method, "/ssf/streams", made | {member: "other"})
            assert (refused.status_code, refused.json["error_description"].partition(":")[0]) == (400, member)
    assert receiver.ask("PATCH", "/ssf/streams", {"description": "x"}).status_code == 400
    assert receiver.ask("PATCH", "/ssf/streams", {"stream_id": "nobodys"}).status_code == 404
    assert receiver.ask("PUT", "/ssf/streams", {"stream_id": made["stream_id"]}).status_code == 400


def test_a_client_has_few_streams(receiver: Receiver) -> None:
    """The fifth is refused with 409 (8.1.1.1)."""
    for _number in range(streams.MOST):
        receiver.make()
    refused = receiver.ask("POST", "/ssf/streams", {})
    assert (refused.status_code, "4 streams" in refused.json["error_description"]) == (409, True)


def test_only_a_clients_own_token_with_the_scope_opens(
    provider: Provider, receiver: Receiver, browser: Browser
) -> None:
    """Nobody without a token, no other scope, no token of a person; `ssf.read` is enough to look (RFC 6750, 3.1; CAEP profile, 2.7.2)."""
    made = receiver.make()
    assert provider.http.get("/ssf/streams").headers["WWW-Authenticate"] == 'Bearer realm="ssf"'
    other = Receiver(provider, provider.client(grant_types=["client_credentials"], scope="reports"), scope="reports")
    refused = other.ask("GET", "/ssf/streams")
    assert (refused.status_code, refused.json["error"]) == (403, "insufficient_scope")
    reading = Receiver(provider, receiver.client, scope="ssf.read")
    assert reading.ask("GET", "/ssf/streams").json == [made]
    assert reading.ask("GET", f"/ssf/status?stream_id={made['stream_id']}").status_code == 200
    assert reading.ask("POST", "/ssf/streams", {}).status_code == 403
    assert reading.ask("POST", f"/ssf/poll?stream_id={made['stream_id']}", {}).status_code == 403
    persons = provider.grant(receiver.client, browser, "openid ssf.manage")["access_token"]
    refused = provider.http.get("/ssf/streams", headers={"Authorization": f"Bearer {persons}"})
    assert (refused.status_code, "stands for a person" in refused.json["error_description"]) == (403, True)


def test_a_stream_of_another_client_is_nobodys(provider: Provider, receiver: Receiver) -> None:
    """Every address answers 404 for it, as for one that there never was (8.1)."""
    made, thief = receiver.make(), make_receiver(provider)
    number, subject = made["stream_id"], {"format": "iss_sub", "iss": provider.issuer, "sub": "x"}
    for method, path, document in (
        ("GET", f"/ssf/streams?stream_id={number}", None),
        ("DELETE", f"/ssf/streams?stream_id={number}", None),
        ("PATCH", "/ssf/streams", {"stream_id": number}),
        ("GET", f"/ssf/status?stream_id={number}", None),
        ("POST", "/ssf/status", {"stream_id": number, "status": "disabled"}),
        ("POST", "/ssf/subjects/add", {"stream_id": number, "subject": subject}),
        ("POST", "/ssf/subjects/remove", {"stream_id": number, "subject": subject}),
        ("POST", "/ssf/verification", {"stream_id": number}),
        ("POST", f"/ssf/poll?stream_id={number}", {}),
    ):
        assert thief.ask(method, path, document).status_code == 404, (method, path)
    assert receiver.ask("GET", "/ssf/streams").json == [made]


def test_a_verification_is_echoed_and_not_asked_for_too_often(provider: Provider, receiver: Receiver) -> None:
    """The state comes back to the letter, about the stream; a second request within ten seconds is 429 (8.1.4)."""
    made = receiver.make()
    body = {"stream_id": made["stream_id"], "state": "a \u0000 state ✓"}
    assert receiver.ask("POST", "/ssf/verification", body).status_code == 204
    again = receiver.ask("POST", "/ssf/verification", body)
    assert (again.status_code, again.headers["Retry-After"]) == (429, str(made["min_verification_interval"]))
    (claims,) = receiver.news(made)
    assert claims["sub_id"] == {"format": "opaque", "id": made["stream_id"]}
    assert claims["events"] == {f"{SSF}verification": {"state": body["state"]}}
    with clock.moved(timedelta(seconds=11)):
        assert Receiver(provider, receiver.client).ask("POST", "/ssf/verification", body).status_code == 204


def test_a_paused_stream_holds_and_a_disabled_one_drops(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """What happens while a stream is paused waits; while it is disabled it is lost; both are the receiver's to say (8.1.2)."""
    made = receiver.make()

    def put(status: str) -> dict[str, Any]:
        answered = receiver.ask(
            "POST", "/ssf/status", {"stream_id": made["stream_id"], "status": status, "reason": "us"}
        )
        assert answered.json == {"stream_id": made["stream_id"], "status": status, "reason": "us"}
        assert receiver.ask("GET", f"/ssf/status?stream_id={made['stream_id']}").json == answered.json
        return dict(answered.json)

    put("paused")
    provider.browser(ann).sign_out()  # where the client never was
    allowing.sign_out()
    assert receiver.kinds(made) == []
    put("enabled")
    assert receiver.kinds(made) == ["session-revoked"]
    put("disabled")
    again = provider.browser(ann)
    provider.grant(receiver.client, again)
    again.sign_out()
    assert receiver.kinds(made) == []
    put("enabled")
    assert receiver.kinds(made) == []
    refused = receiver.ask("POST", "/ssf/status", {"stream_id": made["stream_id"], "status": "gone"})
    assert (refused.status_code, refused.json["error_description"].partition(":")[0]) == (400, "status")
    assert receiver.ask("POST", "/ssf/verification", {"stream_id": made["stream_id"]}).status_code == 204


def test_what_an_administrator_pauses_a_receiver_cannot_open(
    provider: Provider, receiver: Receiver, host: Host, allowing: Browser
) -> None:
    """The receiver hears so before anything stops, and of the end of it with whatever was held (8.1.2, 8.1.5)."""
    made = receiver.make_pushed(host)

    def act(status: str) -> None:
        with provider.working():
            row = streams.find(made["stream_id"], for_change=True)
            assert row is not None
            streams.set_status(row, status, "maintenance", actor="root", by_administrator=True)

    act("paused")
    deliver(provider)
    allowing.sign_out()
    deliver(provider)
    refused = receiver.ask("POST", "/ssf/status", {"stream_id": made["stream_id"], "status": "enabled"})
    assert (refused.status_code, refused.json["error"]) == (403, "access_denied")
    assert len(heard(host)) == 1
    act("enabled")
    deliver(provider)
    told = [provider.verify(token, receiver.client.client_id) for token in heard(host)]
    assert sorted(map(short, told[1:])) == ["session-revoked", "stream-updated"]
    assert told[0]["events"] == {f"{SSF}stream-updated": {"status": "paused", "reason": "maintenance"}}


def test_a_subject_is_taken_out_and_put_back(
    provider: Provider, receiver: Receiver, allowing: Browser, ann: Person
) -> None:
    """By `iss_sub`, by an address that the client may read, as the user of a complex subject; nobody learns who is here (8.1.3, 9.1)."""
    made = receiver.make(events_requested=[KINDS[0]])
    own = {"format": "iss_sub", "iss": provider.issuer, "sub": ann.sub}
    by_email = {"format": "email", "email": ann.email.upper()}

    def say(verb: str, subject: Any) -> int:
        answered = receiver.ask("POST", f"/ssf/subjects/{verb}", {"stream_id": made["stream_id"], "subject": subject})
        return answered.status_code

    def sign_out() -> list[str]:
        browser = provider.browser(ann)
        provider.grant(receiver.client, browser)
        browser.sign_out()
        return receiver.kinds(made)

    for out, back in ((own, by_email), (by_email, {"format": "complex", "user": own})):
        assert say("remove", out) == 204
        assert sign_out() == []
        assert say("add", back) == 200
        assert sign_out() == ["session-revoked"]
    provider.person("ben@example.org")
    for stranger in ("ben@example.org", "nobody@example.org", "no address"):
        assert say("remove", {"format": "email", "email": stranger}) == 204
    for subject in (None, "ann", {"format": "phone_number"}, own | {"iss": "https://other.example"}, own | {"sub": ""}):
        assert say("remove", subject) == 400
    assert say("remove", {"format": "opaque", "id": made["stream_id"]}) == 403


def test_a_deleted_client_takes_its_streams_along(provider: Provider, receiver: Receiver, allowing: Browser) -> None:
    """Nothing of them is left for whoever gets its identifier."""
    made = receiver.make()
    subject = {"format": "iss_sub", "iss": provider.issuer, "sub": "x"}
    receiver.ask("POST", "/ssf/subjects/remove", {"stream_id": made["stream_id"], "subject": subject})
    receiver.ask("POST", "/ssf/verification", {"stream_id": made["stream_id"]})
    with provider.registration(receiver.client) as row:
        clients.remove(row, actor="root")
    with provider.working():
        for table in ("signal_streams", "signal_events", "signal_exclusions"):
            assert session().execute(select(SignalStream.metadata.tables[table])).all() == []
