"""`idp signals`: streams are listed, shown, paused, enabled and deleted."""

import json
from collections.abc import Callable

from tests.factories import Provider
from tests.signals.receiving import HEADER, PUSH, make_receiver

Run = Callable[..., str]


def test_streams_are_seen_and_steered(provider: Provider, command: Run) -> None:
    """JSON throughout, without the receiver's header; what is wrong is named; a paused stream is held."""
    receiver = make_receiver(provider)
    assert command("signals", "list") == ""
    delivery = {"method": PUSH, "endpoint_url": "https://shop.example/events", "authorization_header": HEADER}
    made = receiver.make(description="Ours", delivery=delivery)
    (listed,) = command("signals", "list", "--client-id", receiver.client.client_id).splitlines()
    assert HEADER not in listed
    told = json.loads(listed)
    assert (told["stream_id"], told["status"], told["waiting"], told["lost"]) == (made["stream_id"], "enabled", 0, 0)
    assert command("signals", "list", "--client-id", "nobody") == ""
    paused = json.loads(command("signals", "pause", made["stream_id"], "--reason", "maintenance"))
    assert (paused["status"], paused["reason"], paused["held"], paused["waiting"]) == ("paused", "maintenance", True, 1)
    assert "printable" in command("signals", "pause", made["stream_id"], "--reason", "a\x07", fails=True)
    assert json.loads(command("signals", "enable", made["stream_id"]))["held"] is False
    assert json.loads(command("signals", "show", made["stream_id"]))["status"] == "enabled"
    command("signals", "delete", made["stream_id"])
    assert "there is no stream" in command("signals", "show", made["stream_id"], fails=True)
