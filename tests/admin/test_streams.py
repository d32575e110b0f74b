"""The pages of streams: made with a secret that is shown once, tested, paused, renewed and deleted, with errors at their fields."""

import json
import re

import pytest
from flask import Flask

from idp.base import database
from idp.streams import service
from idp.trail import searching
from tests.admin.conftest import Visitor, hidden_fields, shown
from tests.base.fetch.host import Host, answer
from tests.factories import Provider
from tests.streams.conftest import carry
from tests.trail.test_exporting import run_idp

PAGE = "/admin/streams"


@pytest.fixture
def receiver(host: Host) -> Host:
    """A receiver that takes everything."""
    host.reply = answer(b"")
    return host


def make(admin: Visitor, **fields: str) -> str:
    """Make a stream by the form, and return the path of its page."""
    made = admin.send(PAGE, **fields)
    assert made.status_code in {201, 303}, made.text
    return made.location or re.findall(r'href="(/admin/streams/\d+)" id="secret-continue"', made.text)[0]


def test_a_webhook_is_made_and_lives(admin: Visitor, provider: Provider, receiver: Host) -> None:
    """The secret is shown this once; the page tells what was delivered, and each act is done and recorded without the path."""
    form = {"name": "SIEM", "address": f"{receiver.url}/hidden-token", "events": "signin, stream.*"}
    hidden = admin.fields(PAGE)
    answered = admin.client.post(PAGE, data=hidden | form, headers={"Accept": "text/html"})
    assert answered.status_code == 201
    secret = shown(answered.text, "webhook-secret")
    assert secret.startswith("whsec_")
    assert admin.client.post(PAGE, data=hidden | form).location == PAGE  # the same form once more
    (own,) = set(re.findall(r'href="(/admin/streams/\d+)"', admin.text(PAGE)))
    page = admin.text(own)
    assert secret not in page
    assert "signin, stream.*" in page
    assert "Nothing was sent yet." in page
    carry(provider)
    assert ">Delivered<" in admin.text(own)
    assert admin.send(own, f"{own}/test").location == own
    assert "nothing was wrong" in admin.text(own)
    receiver.reply = answer(b"", status="403 Forbidden")
    admin.send(own, f"{own}/test")
    assert "The test event was not taken: the answer was 403." in admin.text(own)
    admin.send(own, f"{own}/pause")
    assert ">Paused<" in admin.text(own)
    admin.send(own, f"{own}/resume")
    assert ">Active<" in admin.text(own)
    renewed = admin.send(f"{own}/secret")
    assert shown(renewed.text, "webhook-secret") != secret
    assert admin.send(f"{own}/end-old").location == own
    assert "The old secret signs" not in admin.text(own)
    assert admin.send(f"{own}/delete").location == PAGE
    assert admin.get(own).status_code == 404
    with provider.working():
        events = [row for row in searching.iterate(searching.Filters()) if row.event.startswith("stream.")]
        assert [row.event.partition(".")[2] for row in events] == [
            "created", "tested", "tested", "paused", "resumed", "secret_renewed", "former_secret_ended", "deleted",
        ]  # fmt: skip
        assert {row.actor for row in events} == {admin.sub}
        assert "hidden-token" not in json.dumps([row.detail for row in events])


def test_failures_are_seen(admin: Visitor, provider: Provider, receiver: Host) -> None:
    """A stream that fails says why, how often and when it is tried next; how far it is behind stands in the list."""
    receiver.reply = answer(b"", status="500 Oops")
    own = make(admin, name="SIEM", address=receiver.url)
    carry(provider)
    page = admin.text(own)
    assert "the answer was 500" in page
    assert "1 try in a row has failed." in page
    listed = admin.text(PAGE)
    assert ">Failing<" in listed
    assert "1 event" in listed
    receiver.reply = answer(b"")
    admin.send(own, f"{own}/resume")
    carry(provider)
    assert ">Active<" in admin.text(own)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"address": "nowhere"}, "address"),
        ({"address": "http://siem.example"}, "address"),
        ({"address": "https://ann:pw@siem.example"}, "address"),
        ({"events": "signin; drop"}, "events"),
        ({"events": "*"}, "events"),
    ],
)
def test_what_is_wrong_is_named(admin: Visitor, changes: dict[str, str], field: str) -> None:
    """A name, an address or events that cannot be are told at their fields, and nothing is made."""
    good = {"name": "SIEM", "address": "https://siem.example/events", "events": ""}
    refused = admin.send(PAGE, **(good | changes))
    assert refused.status_code == 400
    assert f'id="{field}-error"' in refused.text
    assert "passed on to nobody yet" in admin.text(PAGE)


def test_there_are_bounds(app: Flask, admin: Visitor, provider: Provider) -> None:
    """There are so many streams and no more; syslog has no secret, and what is not there is not found."""
    with provider.working():
        for number in range(service.MOST):
            assert service.create(f"S{number}", "syslog+tcp://siem.example", actor="root")
    refused = admin.send(PAGE, name="One more", address="https://siem.example/")
    assert refused.status_code == 400
    assert "which is the most" in refused.text
    with provider.working():
        row = database.session().scalars(service.search()).first()
        assert row is not None
        own = f"{PAGE}/{row.id}"
    assert "whsec_" not in admin.text(own)
    assert admin.send(f"{own}/secret").status_code == 404
    assert admin.get(f"{PAGE}/{2**31 - 1}").status_code == 404
    assert hidden_fields(admin.text(own))


def test_the_command_does_the_same(
    app: Flask, provider: Provider, receiver: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`idp stream` makes, lists, tests, pauses, renews and deletes, in JSON, and names what is wrong."""
    monkeypatch.setenv("IDP_ALLOW_PRIVATE_FETCH", "true")

    def idp(*arguments: str, fails: bool = False) -> str:
        result = run_idp(app, monkeypatch, "stream", *arguments)
        assert (result.exit_code != 0) == fails, result.output
        return result.stderr if fails else result.stdout

    made = json.loads(idp("create", "--name", "SIEM", "--address", receiver.url, "--event", "stream.*"))
    assert made["secret"].startswith("whsec_")
    number = str(made["id"])
    idp("test", number)
    carry(provider)
    (line,) = idp("list").splitlines()
    listed = json.loads(line)
    assert (listed["behind"], listed["failures"], listed["events"]) == ("0", 0, ["stream.*"])
    assert listed["delivered_at"] is not None
    assert "secret" not in line
    idp("pause", number)
    assert json.loads(idp("list"))["paused_at"] is not None
    idp("resume", number)
    assert json.loads(idp("renew-secret", number))["secret"] != made["secret"]
    idp("end-old-secret", number)
    assert "no old secret" in idp("end-old-secret", number, fails=True)
    idp("delete", number)
    assert idp("list") == ""
    assert idp("delete", number, fails=True).startswith("idp: number:")
    assert idp("create", "--name", "SIEM", "--address", "nowhere", fails=True).startswith("idp: address:")
