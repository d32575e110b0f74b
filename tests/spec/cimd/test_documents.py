"""draft-ietf-oauth-client-id-metadata-document-02, sections 3 and 4: which addresses and documents are taken, and for how long."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import func, select

from idp import create_app
from idp.base import clock
from idp.base.database import session
from idp.clients import documents
from idp.clients.metadata import Metadata
from idp.clients.models import Client, ClientDocument
from idp.config import Settings
from idp.oauth import client_documents
from idp.oauth.client_documents import reading
from tests.base.fetch.host import Host, answer
from tests.conftest import dispose
from tests.factories import Browser, Provider
from tests.keys.strangers import jwk
from tests.spec.cimd.conftest import REDIRECT, Agent

URL = "https://agent.example/client.json"


@pytest.mark.parametrize(
    "url", [URL, "https://agent.example:8443/a/b?v=1", "http://127.0.0.1:9/c", "http://localhost/c"]
)
def test_addresses_that_are_identifiers(url: str) -> None:
    """https with a path, perhaps with a port and a query; plain http on loopback alone (section 3)."""
    assert documents.find_fault(url) is None
    assert documents.from_segment(documents.to_segment(url)) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://agent.example/client.json",
        "https://agent.example",
        "https://agent.example/",
        "https://agent.example/?client",
        "https://agent.example/a#b",
        "https://agent.example/a#",
        "https://user@agent.example/a",
        "https://user:secret@agent.example/a",
        "https://@agent.example/a",
        "https://agent.example/../a",
        "https://agent.example/./a",
        "https://agent.example/a/%2E%2e/b",
        "https://agent.example/a\\b",
        "https://agent.example/a b",
        "https://agent.example:0/a",
        "https://agent.example:99999/a",
        "https:///a",
        "https://[::1/a",
        "https://agent.exämple/a",
        "https://agent.example/" + "a" * 250,
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    """No fragment, user, dot segments, other schemes or malformed parts, and no more than 255 characters (section 3)."""
    assert documents.find_fault(url) is not None
    assert not documents.is_identifier(url)


@given(st.text(max_size=80))
def test_segments_of_paths_come_back(text: str) -> None:
    """Whatever stands in a path is read without an error, and what is no address stands for itself."""
    assert documents.from_segment(documents.to_segment(text)) == text or text.startswith(documents.MARK)
    assert documents.find_fault(f"https://{text}") is None or isinstance(documents.find_fault(f"https://{text}"), str)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"client_id": None}, "to the letter"),
        ({"client_id": URL + "/"}, "to the letter"),
        ({"client_secret": "s3cret"}, "client_secret"),
        ({"client_secret_expires_at": 0}, "client_secret_expires_at"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "no secret is shared"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "no secret is shared"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
        ({"redirect_uris": None}, "redirect_uris"),
        ({"redirect_uris": ["http://agent.example/cb"]}, "redirect_uris"),
        ({"redirect_uris": "https://agent.example/cb"}, "redirect_uris"),
        ({"client_name": "\u202eegap"}, "client_name"),
    ],
)
def test_documents_that_are_refused(provider: Provider, changes: dict[str, Any], fault: str) -> None:
    """Each is refused with a sentence that names the member: another client_id, a secret, no redirect URI (section 4.1)."""
    good = {"client_id": URL, "client_name": "Agent", "redirect_uris": [REDIRECT]}
    document = {name: value for name, value in (good | changes).items() if value is not None}
    with provider.working():
        found = reading.read(json.dumps(document).encode(), URL)
    assert isinstance(found, str)
    assert fault in found


def test_a_document_of_a_stranger_is_narrowed(provider: Provider) -> None:
    """Grants, scopes and trust beyond a stranger's are left out, and what is missing has the defaults of a public client."""
    document = {
        "client_id": URL,
        "redirect_uris": [REDIRECT],
        "grant_types": ["authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"],
        "response_types": ["code", "token"],
        "scope": "openid admin scim mcp:read",
        "first_party": True,
        "require_pkce": False,
        "logo_uri": "https://agent.example/logo.png",
    }
    with provider.working():
        found = reading.read(json.dumps(document).encode(), URL)
    assert isinstance(found, Metadata)
    assert found.grant_types == ["authorization_code"]
    assert found.allowed_response_types == ["code"]
    assert (found.scope, found.client_name) == ("openid profile email address phone", "agent.example")
    assert (found.first_party, found.require_pkce, found.is_public, found.logo_uri) == (False, True, True, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from([*reading.Metadata.__dataclass_fields__, "client_id", "client_secret", "software_statement"])


def test_any_document_is_read_or_refused(provider: Provider) -> None:
    """Whatever a host sends makes metadata or a sentence, never an error of ours."""

    @examples(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(MEMBERS, JSON, max_size=8), st.binary(max_size=60))
    def read(members: dict[str, Any], raw: bytes) -> None:
        for sent in (raw, json.dumps({"redirect_uris": [REDIRECT], "client_id": URL} | members).encode()):
            assert isinstance(reading.read(sent, URL), Metadata | str)

    with provider.working():
        read()


@pytest.mark.parametrize(
    ("header", "minutes"),
    [
        ("", 60),
        ("Cache-Control: max-age=1800", 30),
        ("Cache-Control: public, max-age=10", 5),
        ("Cache-Control: no-store, max-age=900", 5),
        ("Cache-Control: max-age=999999", 24 * 60),
        ("Cache-Control: nonsense", 60),
    ],
)
def test_how_long_a_document_is_kept(browser: Browser, agent: Agent, header: str, minutes: int) -> None:
    """It is fresh for as long as its host says, between five minutes and a day, and then asked for again (section 4.3)."""
    agent.publish(*[header] if header else [])
    browser.authorize(agent.client)
    for later, asked in ((minutes - 1, 1), (minutes + 1, 2)):
        with clock.moved(timedelta(minutes=later)):
            browser.authorize(agent.client)
        assert agent.asked == asked


def test_no_error_is_kept(browser: Browser, provider: Provider, agent: Agent) -> None:
    """A missing or broken document refuses the request and leaves nothing behind: the next request asks again (sections 4.2, 4.3)."""
    for reply in (b"{", b"[]", b'{"client_id": "x"}'):
        agent.host.reply = answer(reply)
        assert browser.authorize(agent.client).status_code == 400
    agent.fail("404 Not Found")
    assert "the answer was 404" in browser.authorize(agent.client).text
    agent.host.reply = answer(b"", "Location: /elsewhere", status="302 Found")
    assert browser.authorize(agent.client).status_code == 400  # no redirect is followed (section 4)
    agent.host.reply = answer(b"{}" + b" " * 20_000)
    assert browser.authorize(agent.client).status_code == 400
    with provider.working():
        assert session().scalar(select(func.count()).select_from(Client)) == 0
        assert session().scalar(select(func.count()).select_from(ClientDocument)) == 0
    agent.publish()
    assert browser.authorize(agent.client).location.startswith("/consent?")


def test_a_host_that_is_away_is_borne_for_a_day(provider: Provider, browser: Browser, agent: Agent) -> None:
    """With what was known a client goes on while its host fails, for a day; a document that is gone ends it at once."""
    tokens = provider.grant(agent.client, browser, "openid offline_access")
    agent.fail("503 Service Unavailable")
    with clock.moved(timedelta(hours=2)):
        refreshed = provider.refresh(agent.client, tokens["refresh_token"])
        assert refreshed.status_code == 200
    with clock.moved(timedelta(hours=30)):
        refused = provider.refresh(agent.client, refreshed.json["refresh_token"])
        assert (refused.status_code, refused.json["error"]) == (401, "invalid_client")
    agent.publish()
    with clock.moved(timedelta(hours=31)):
        refreshed = provider.refresh(agent.client, refreshed.json["refresh_token"])
        assert refreshed.status_code == 200
    agent.fail("410 Gone")
    with clock.moved(timedelta(hours=33)):
        assert provider.refresh(agent.client, refreshed.json["refresh_token"]).json["error"] == "invalid_client"


def test_a_client_that_gets_keys_begins_anew(provider: Provider, browser: Browser, agent: Agent) -> None:
    """From the day on which the document asks for proof, what was granted without it is over (section 6.3)."""
    agent.publish("Cache-Control: max-age=300")
    tokens = provider.grant(agent.client, browser, "openid offline_access")
    agent.publish(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [jwk("ES256")]})
    with clock.moved(timedelta(minutes=10)):
        assert provider.refresh(agent.client, tokens["refresh_token"]).json["error"] == "invalid_client"
        assert browser.authorize(agent.client).location.startswith("/consent?")
    assert provider.userinfo(tokens["access_token"]).status_code == 401


def test_first_requests_at_once_make_one_client(provider: Provider, agent: Agent) -> None:
    """Of requests that all meet a client first none fails, and there is one client of that name."""
    barrier, results = threading.Barrier(6), []

    def ask() -> None:
        browser = provider.browser()
        barrier.wait(10)
        results.append(browser.authorize(agent.client).status_code)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [303] * 6
    with provider.working():
        assert session().scalars(select(Client.client_id)).all() == [agent.client_id]


def test_nobody_keeps_what_nobody_uses(provider: Provider, browser: Browser, agent: Agent) -> None:
    """A client that nobody let in goes after a day, one that was used after three months, one that is disabled never."""
    browser.authorize(agent.client)
    blocked, used = Agent(agent.host, "/blocked.json"), Agent(agent.host, "/used.json")
    provider.grant(used.client, browser)
    blocked.publish()
    browser.authorize(blocked.client)
    provider.disable(blocked.client)

    def left(later: timedelta) -> set[str]:
        with clock.moved(later), provider.working():
            client_documents.purge(100)
            return {one.rpartition("/")[2] for one in session().scalars(select(Client.client_id))}

    assert left(timedelta(hours=23)) == {"client.json", "blocked.json", "used.json"}
    assert left(timedelta(hours=25)) == {"blocked.json", "used.json"}
    assert left(timedelta(days=200)) == {"blocked.json"}


@pytest.mark.usefixtures("agent")
def test_hosts_are_not_asked_without_end(settings: Settings, host: Host) -> None:
    """One network has this server ask for sixty documents a minute, and is told to wait then."""
    limits = {"ratelimit_enabled": True, "client_id_metadata_hosts": "*", "allow_private_fetch": True}
    app = create_app(settings.model_copy(update=limits))
    try:
        browser = Provider(app).browser()
        told = [browser.authorize(Agent(host, f"/{number}.json").client) for number in range(61)]
    finally:
        dispose(app)
    assert {answer.status_code for answer in told[:-1]} == {303}
    assert told[-1].status_code == 400
    assert "Try again in a minute." in told[-1].text
