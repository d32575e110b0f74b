"""draft-ietf-oauth-client-id-metadata-document-02: a client that nobody has registered, from its first request to its last token."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import session
from idp.clients import service as clients
from tests.factories import Browser, Person, Provider
from tests.keys.strangers import jwk, signed
from tests.spec.cimd.conftest import Agent


def test_the_whole_way(provider: Provider, browser: Browser, ann: Person, agent: Agent) -> None:
    """Code, tokens, refresh, introspection and revocation work with the address as client_id, which tokens name as it is (3, 4)."""
    tokens = provider.grant(agent.client, browser, "openid email offline_access", nonce="n")
    claims = provider.verify(tokens["id_token"], agent.client_id)
    assert claims["aud"] == agent.client_id
    assert provider.userinfo(tokens["access_token"]).json["sub"] == ann.sub
    again = provider.refresh(agent.client, tokens["refresh_token"])
    assert again.status_code == 200, again.text
    access = again.json["access_token"]
    assert provider.verify(access, provider.issuer)["client_id"] == agent.client_id
    told = provider.introspect(provider.client(), access)
    assert told.status_code == 200
    assert provider.revoke(agent.client, access).status_code == 200
    assert provider.userinfo(access).status_code == 401
    assert agent.asked == 1


def test_discovery_tells_of_it_while_it_is_on(provider: Provider, agent: Agent) -> None:
    """`client_id_metadata_document_supported` is there for as long as the operator lets some host in (section 5)."""
    known = "/.well-known/oauth-authorization-server"
    assert provider.http.get(known).json["client_id_metadata_document_supported"] is True


def test_off_nothing_is_fetched(provider: Provider, browser: Browser, agent: Agent) -> None:
    """Without the setting an address is no client, discovery is silent, and no host is asked."""
    provider.app.extensions["idp.settings"].client_id_metadata_hosts = ""
    response = browser.authorize(agent.client)
    assert response.status_code == 400
    assert "Addresses are not taken as client identifiers here." in response.text
    assert agent.asked == 0
    known = provider.http.get("/.well-known/openid-configuration").json
    assert "client_id_metadata_document_supported" not in known


def test_consent_is_asked_every_time_and_names_the_host(browser: Browser, provider: Provider, agent: Agent) -> None:
    """The page says whose word it is, warns where answers stay on the device, and asks again although it was allowed (6.1, 6.5)."""
    for _time in range(2):
        response = browser.authorize(agent.client)
        assert response.location.startswith("/consent?")
        page = browser.get(response.location).text
        assert 'id="consent-published"' in page
        assert f"<b>{agent.host.name}:{agent.host.port}</b> says" in page
        assert 'id="consent-local"' in page
        assert "code" in browser.answer(agent.client)
    assert "error=consent_required" in browser.authorize(agent.client, prompt="none").location


def test_no_warning_of_the_device_for_a_site(browser: Browser, agent: Agent) -> None:
    """An application whose answers go to a host of the web is not said to be on the device; its picture is not shown."""
    agent.publish(redirect_uris=["https://agent.example/cb"], logo_uri="https://agent.example/logo.png")
    page = browser.get(browser.authorize(agent.client, redirect_uri="https://agent.example/cb").location).text
    assert 'id="consent-published"' in page
    assert 'id="consent-local"' not in page
    assert "/logo" not in page


@pytest.mark.parametrize("rule", ["127.0.0.1", "127.0.0.1:{port}", "*", "other.example, *"])
def test_hosts_that_are_let_in(provider: Provider, browser: Browser, agent: Agent, rule: str) -> None:
    """A host, a host with its port, or every host may be named by the operator."""
    provider.app.extensions["idp.settings"].client_id_metadata_hosts = rule.format(port=agent.host.port).replace(
        " ", ""
    )
    assert browser.authorize(agent.client).location.startswith("/consent?")


@pytest.mark.parametrize("rule", ["app.example", "*.0.0.1.example", "127.0.0.1:1", "*.127.0.0.1"])
def test_hosts_that_are_not(provider: Provider, browser: Browser, agent: Agent, rule: str) -> None:
    """Any other host is refused before it is asked, and what it was let in for before ends with the rule."""
    tokens = provider.grant(agent.client, browser, "openid offline_access")
    provider.app.extensions["idp.settings"].client_id_metadata_hosts = rule
    response = browser.authorize(agent.client)
    assert response.status_code == 400
    assert "Clients of this host are not let in here." in response.text
    refused = provider.refresh(agent.client, tokens["refresh_token"])
    assert (refused.status_code, refused.json["error"]) == (401, "invalid_client")
    assert agent.asked == 1


def test_a_redirect_uri_must_stand_in_the_document(browser: Browser, agent: Agent) -> None:
    """Nobody is sent where the document does not say (section 4.4)."""
    response = browser.authorize(agent.client, redirect_uri="https://evil.example/cb")
    assert response.status_code == 400
    assert "not registered for it" in response.text


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_the_port_of_loopback_may_differ(browser: Browser, agent: Agent, name: str) -> None:
    """A document is the same for every machine: its loopback addresses, localhost among them, match at any port, and no other path."""
    agent.publish(redirect_uris=[f"http://{name}/callback"])
    assert browser.authorize(agent.client, redirect_uri=f"http://{name}:49152/callback").location.startswith(
        "/consent?"
    )
    assert browser.authorize(agent.client, redirect_uri=f"http://{name}:49152/other").status_code == 400


def test_keys_prove_the_client(provider: Provider, browser: Browser, agent: Agent) -> None:
    """With private_key_jwt and keys in the document every token request needs an assertion by one of them (section 6.2)."""
    agent.publish(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [jwk("ES256")]})
    code = browser.answer(agent.client)["code"]
    refused = provider.redeem(agent.client, code)
    assert (refused.status_code, refused.json["error"]) == (401, "invalid_client")
    now = clock.timestamp()
    claims = {"iss": agent.client_id, "sub": agent.client_id, "aud": provider.issuer, "exp": now + 60, "jti": "1"}
    proof = {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed("ES256", claims),
    }
    taken = provider.redeem(agent.client, code, **proof)
    assert taken.status_code == 200, taken.text


def test_the_audit_log_names_it(provider: Provider, browser: Browser, agent: Agent) -> None:
    """Its registration, every change of its document, and refusals stand under its address."""
    browser.authorize(agent.client)
    agent.publish(client_name="Holiday Agent")
    with clock.moved(timedelta(hours=2)):
        browser.authorize(agent.client)
    browser.authorize(agent.client, redirect_uri="https://evil.example/cb")
    with provider.working():
        events = session().scalars(select(AuditEvent).where(AuditEvent.client_id == agent.client_id)).all()
        told = {event.event: event for event in events}
        assert told["client.registered"].actor == "client document"
        assert told["client.changed"].changes == {"client_name": ["Travel Agent", "Holiday Agent"]}
        assert "request.refused" in told


def test_an_administrator_blocks_it(provider: Provider, browser: Browser, agent: Agent) -> None:
    """Disabled, it is refused at every door and its host is not asked any more; nothing that it publishes brings it back."""
    tokens = provider.grant(agent.client, browser, "openid offline_access")
    provider.disable(agent.client)
    with clock.moved(timedelta(days=2)):
        assert provider.browser().authorize(agent.client).status_code == 400
        assert provider.refresh(agent.client, tokens["refresh_token"]).json["error"] == "invalid_client"
    assert provider.userinfo(tokens["access_token"]).status_code == 401
    assert agent.asked == 1


def test_what_administrators_decide_stays(provider: Provider, browser: Browser, agent: Agent) -> None:
    """A scope of an API and trust that an administrator gave outlive a change of the document."""
    agent.publish("Cache-Control: max-age=300")
    browser.authorize(agent.client)
    with provider.registration(agent.client) as row:
        given = replace(present := clients.to_metadata(row), scope=f"{present.scope} orders", first_party=True)
        assert clients.change(row, given, is_published=True)
    agent.publish(client_name="Holiday Agent")
    with clock.moved(timedelta(minutes=10)):
        assert "code" in browser.answer(agent.client, scope="openid orders")
    with provider.working():
        row = clients.get(agent.client_id)
        assert row is not None
        assert (row.client_name, row.first_party, row.require_pkce) == ("Holiday Agent", True, True)
        assert "orders" in row.scope.split()
