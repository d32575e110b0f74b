"""A client for the members of some groups: at the authorization endpoint, with codes and tokens, and for older interfaces."""

from typing import Any

import pytest
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base.database import session
from idp.groups import service
from tests.answers import parameters
from tests.factories import Client, Person, Provider, request
from tests.groups.making import group
from tests.spec.rfc9068.standing import let_in, put_into, take_out, told

SCOPE = "openid offline_access"


@pytest.fixture
def shop(provider: Provider) -> Client:
    """A client for engineers."""
    client = provider.client(contacts=["desk@rp.example"])
    let_in(provider, client, "/eng")
    return client


def test_members_get_in_and_others_are_told_whom_to_ask(provider: Provider, ann: Person, shop: Client) -> None:
    """A member of a group below gets tokens; another sees a page, and the client hears access_denied on going on (RFC 6749, 4.1.2.1)."""
    put_into(provider, ann, "/eng/backend")
    assert told(provider, shop, provider.browser(ann), SCOPE)["id_token"]["sub"] == ann.sub
    browser = provider.browser(provider.person("bob@example.org"))
    answer = browser.authorize(shop, scope=SCOPE)
    assert answer.location.startswith("/no-access?")
    page = browser.get(answer.location)
    assert page.status_code == 200
    assert 'href="mailto:desk@rp.example"' in page.text
    assert "/eng" not in page.text.partition("<main")[2].replace("/english", ""), "which groups is nobody's business"
    heard = parameters(browser.submit(answer.location), shop)
    assert (heard["error"], heard["state"]) == ("access_denied", "a state & more")
    assert browser.get(answer.location).status_code == 400, "the request has had its answer"
    with provider.working():
        (event,) = session().scalars(select(AuditEvent).where(AuditEvent.event == "request.refused"))
        assert event.detail["cause"] == "not_admitted"


def test_silently_it_is_denied_at_once(provider: Provider, ann: Person, shop: Client) -> None:
    """With prompt=none there is no page (OpenID Connect Core, section 3.1.2.1)."""
    heard = parameters(provider.browser(ann).authorize(shop, scope=SCOPE, prompt="none"), shop)
    assert heard["error"] == "access_denied"


def test_a_note_says_whom_to_ask(provider: Provider, ann: Person, shop: Client) -> None:
    """What administrators wrote stands on the page, escaped; without note and contacts they are named themselves."""
    let_in(provider, shop, "/eng", note="Ask the <desk>, extension 42.")
    browser = provider.browser(ann)
    assert "Ask the &lt;desk&gt;, extension 42." in browser.get(browser.authorize(shop, scope=SCOPE).location).text
    other = provider.client()
    let_in(provider, other, "/eng")
    assert "Ask the administrators" in browser.get(browser.authorize(other, scope=SCOPE).location).text


def test_who_is_let_in_meanwhile_goes_on(provider: Provider, ann: Person, shop: Client) -> None:
    """The page that is opened again, and its form, lead on to the app once the person belongs to the group."""
    browser = provider.browser(ann)
    path = browser.authorize(shop, scope=SCOPE).location
    token = browser.get(path)
    put_into(provider, ann, "/eng")
    assert token.status_code == 200
    assert browser.get(path).location.startswith("/oauth/resume?")
    consent = browser.follow(browser.get(path), shop)
    assert consent.status_code == 200
    assert "consent-allow" in consent.text


@pytest.mark.parametrize("is_public", [False, True])
def test_who_leaves_the_group_gets_no_more_tokens(provider: Provider, ann: Person, is_public: bool) -> None:
    """A refresh is refused with its cause named, userinfo and introspection too; whoever comes back goes on with the same token."""
    client = provider.client(public=is_public)
    let_in(provider, client, "/eng")
    put_into(provider, ann, "/eng")
    answer = told(provider, client, provider.browser(ann), SCOPE)["answer"]
    take_out(provider, ann, "/eng")
    refused = provider.refresh(client, answer["refresh_token"])
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")
    assert "groups" in refused.json["error_description"]
    assert provider.refresh(client, answer["refresh_token"], scope="openid").json["error"] == "invalid_grant"
    assert provider.userinfo(answer["access_token"]).status_code == 401
    server = provider.client(client_name="API")
    assert provider.introspect(server, answer["access_token"]).json == {"active": False}
    if not is_public:
        assert provider.introspect(client, answer["refresh_token"]).json == {"active": False}
    put_into(provider, ann, "/eng")
    assert provider.refresh(client, answer["refresh_token"]).status_code == 200
    assert provider.userinfo(answer["access_token"]).status_code == 200


def test_a_code_is_looked_at_once_more(provider: Provider, ann: Person, shop: Client) -> None:
    """Whoever leaves the group between the code and its redemption gets nothing for it, and a second try is the same refusal."""
    put_into(provider, ann, "/eng")
    code = provider.browser(ann).answer(shop, scope=SCOPE)["code"]
    take_out(provider, ann, "/eng")
    for _again in range(2):
        refused = provider.redeem(shop, code)
        assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")
        assert "groups" in refused.json["error_description"]


def test_without_its_groups_a_client_is_for_nobody(provider: Provider, ann: Person, shop: Client) -> None:
    """A client whose last group was deleted is not for everybody then."""
    put_into(provider, ann, "/eng")
    with provider.working():
        service.remove(group("/eng"), actor="root")
    assert provider.browser(ann).authorize(shop, scope=SCOPE).location.startswith("/no-access?")


def test_the_shortcut_knows_the_rule(provider: Provider, ann: Person) -> None:
    """A request that needed no page a moment ago needs one now, also where the consent is there and the client our own."""
    client = provider.client(first_party=True)
    let_in(provider, client, "/eng")
    put_into(provider, ann, "/eng")
    browser = provider.browser(ann)
    assert "code" in browser.answer(client)
    take_out(provider, ann, "/eng")
    assert browser.authorize(client).location.startswith("/no-access?")
    posted: Any = browser.http.post("/oauth/authorize", data=request(client))
    assert browser.follow(posted, client).status_code == 200


def test_older_interfaces_are_for_everybody(provider: Provider, ann: Person, shop: Client) -> None:
    """The callers of older interfaces are no registered clients: whoever has an account signs in there, whatever clients ask for."""
    body = {"email": ann.email, "password": ann.password}
    answer = provider.http.post("/auth/login/", json=body)
    assert answer.status_code == 200
