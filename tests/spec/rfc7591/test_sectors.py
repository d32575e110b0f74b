"""OpenID Connect Registration, section 5: the document at `sector_identifier_uri` is read before anything is registered."""

import json

import pytest
from flask import Flask

from idp.clients import service as clients
from tests.base.fetch.host import Host, answer
from tests.factories import Provider
from tests.spec.rfc7591.registering import count, register, registered

URIS = ["https://one.example/cb", "https://two.example/cb"]


def test_a_good_document(house: Provider, host: Host) -> None:
    """One that lists every redirect URI is accepted, and its host is the sector (module oidcc-registration-sector-uri)."""
    host.reply = answer(json.dumps([*URIS, "https://three.example/cb"]).encode())
    uri = f"{host.url}/sector"
    told = registered(house, redirect_uris=URIS, subject_type="pairwise", sector_identifier_uri=uri)
    assert (told["sector_identifier_uri"], told["subject_type"]) == (uri, "pairwise")
    with house.working():
        assert clients.find(told["client_id"]).sector == "127.0.0.1"


@pytest.mark.parametrize(
    "reply",
    [
        answer(json.dumps(URIS[:1]).encode()),
        answer(json.dumps({"redirect_uris": URIS}).encode()),
        answer(b"[1, 2]"),
        answer(b"[" * 50_000),
        answer(b"not found", status="404 Not Found"),
        answer(b"", "Location: /elsewhere", status="302 Found"),
    ],
    ids=["one missing", "no list", "no texts", "no JSON", "none", "elsewhere"],
)
def test_a_bad_document(house: Provider, host: Host, reply: bytes) -> None:
    """Any other document is 400 invalid_client_metadata, and nothing is registered (module oidcc-registration-sector-bad)."""
    host.reply = reply
    result = register(house, redirect_uris=URIS, sector_identifier_uri=f"{host.url}/sector")
    assert (result.status_code, result.json["error"]) == (400, "invalid_client_metadata")
    assert result.json["error_description"].startswith("sector_identifier_uri: ")
    assert count(house) == 0


def test_nothing_is_fetched_for_strangers(app: Flask, provider: Provider, host: Host) -> None:
    """Nothing is fetched for whoever has no token, nor for metadata that is wrong anyway (section 5; RFC 7591, section 5)."""
    members = {"redirect_uris": URIS, "sector_identifier_uri": f"{host.url}/sector"}
    assert register(provider, **members).status_code == 401
    app.extensions["idp.settings"].registration = "open"
    assert register(provider, **members, application_type="x").status_code == 400
    assert host.asked == []
