"""An identity assertion is issued while all stands that is behind it, and is taken by no address of the server that issued it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from idp.base import clock
from idp.clients import service as clients
from idp.clients.metadata import JWT_BEARER, TOKEN_EXCHANGE
from idp.groups import access, assertion_rules, lookup, members, service
from idp.groups.models import Group
from idp.oauth import consents
from tests.factories import Browser, Person, Provider
from tests.spec.id_jag.issuing import CHAT, GRANTS, TYPES, Scene, build, error

End = Callable[[Scene, Browser, Person], object]


@pytest.fixture
def scene(provider: Provider) -> Scene:
    """A wiki that gets assertions for the chat."""
    scene = build(provider)
    scene.allow()
    return scene


def _disable(scene: Scene, _browser: Browser, ann: Person) -> None:
    with scene.provider.account(ann) as account:
        account.disabled_at = clock.now()


def _change_password(scene: Scene, _browser: Browser, ann: Person) -> None:
    with scene.provider.account(ann) as account:
        account.token_epoch += 1


def _withdraw(scene: Scene, _browser: Browser, ann: Person) -> None:
    with scene.provider.account(ann) as account:
        consents.withdraw(account.id, scene.wiki.client_id, subject=account.sub, source="tests")


def _restrict(scene: Scene, _browser: Browser, _ann: Person) -> None:
    with scene.provider.registration(scene.wiki) as row:
        assert access.put(row, is_restricted=True, groups=[_group(scene, "eng")], actor="tests") is None


def _group(_scene: Scene, name: str) -> Group:
    group = service.create(name, actor="tests")
    assert isinstance(group, Group)
    return group


ENDS: dict[str, End] = {
    "the person signs out": lambda _scene, browser, _ann: browser.sign_out(),
    "the account is disabled": _disable,
    "the password is changed": _change_password,
    "the consent is withdrawn": _withdraw,
    "the client is for some groups alone": _restrict,
    "a rule is taken away": lambda scene, _browser, _ann: _remove_rule(scene),
}


def _remove_rule(scene: Scene) -> None:
    with scene.provider.registration(scene.wiki) as row:
        assert assertion_rules.remove(row, CHAT, actor="tests")


@pytest.mark.parametrize("how", ENDS)
def test_none_is_issued_once_something_ended(scene: Scene, browser: Browser, ann: Person, how: str) -> None:
    """Whatever ends the sign-in behind it, or what allows it, ends that assertions are issued: it is looked at each time."""
    tokens = scene.sign_in(browser, scope="openid")
    assert scene.ask(tokens["id_token"]).status_code == 200
    ENDS[how](scene, browser, ann)
    assert scene.ask(tokens["id_token"]).status_code == 400


def test_a_revoked_refresh_token_brings_none(scene: Scene, browser: Browser) -> None:
    """A refresh token that was given back brings no assertion, and its grant's ID token none either."""
    tokens = scene.sign_in(browser)
    assert scene.provider.revoke(scene.wiki, tokens["refresh_token"]).status_code == 200
    for kind in ("refresh_token", "id_token"):
        assert error(scene.ask(tokens[kind], kind)) == (400, "invalid_request")


def test_a_second_factor_is_demanded(provider: Provider, browser: Browser) -> None:
    """A client that demands a second factor gets no assertion for a sign-in without one."""
    scene = build(provider)
    scene.allow()
    token = scene.sign_in(browser)["id_token"]
    with provider.registration(scene.wiki) as row:
        clients.change(row, replace(clients.to_metadata(row), require_second_factor=True))
    assert error(scene.ask(token)) == (400, "invalid_request")


def test_a_rule_is_for_some_groups(scene: Scene, browser: Browser, ann: Person, provider: Provider) -> None:
    """Members of its groups, and of those below, get assertions for as long as they belong; where the last group is deleted nobody does."""
    token = scene.sign_in(browser)["id_token"]
    with provider.working():
        group = _group(scene, "eng")
        below = service.create("backend", parent=group, actor="tests")
        assert isinstance(below, Group)
        number, inner = group.id, below.id
    scene.allow(groups=("/eng",))
    assert error(scene.ask(token)) == (400, "invalid_request")
    with provider.account(ann) as account:
        found = lookup.find(inner)
        assert found is not None
        assert members.add(found, account, actor="tests") is None
    assert scene.ask(token).status_code == 200
    with provider.working():
        for one in (inner, number):
            found = lookup.find(one, for_change=True)
            assert found is not None
            service.remove(found, actor="tests")
    assert error(scene.ask(token)) == (400, "invalid_request")
    with provider.working():
        assert [rule.groups for rule in assertion_rules.of_client(scene.wiki.client_id)] == [()]


def test_rules_end_with_their_clients(scene: Scene, provider: Provider) -> None:
    """Nobody inherits a rule with the identifier of a client that was deleted, be it the one that asks or the one that names people."""
    chat, other = provider.client(), build(provider)
    scene.allow(other.wiki, sso_client_id=chat.client_id)
    for client in (scene.wiki, chat):
        with provider.registration(client) as row:
            clients.remove(row)
    with provider.working():
        assert assertion_rules.of_client(scene.wiki.client_id) == assertion_rules.of_client(other.wiki.client_id) == []


def test_it_is_taken_nowhere_here(scene: Scene, browser: Browser, provider: Provider) -> None:
    """The server that issued it takes it as no access token, subject token, hint or proof of a client (sections 3.1 and 7.3)."""
    assertion = scene.ask(scene.sign_in(browser)["id_token"]).json["access_token"]
    assert provider.userinfo(assertion).status_code == 401
    assert provider.introspect(scene.wiki, assertion).json == {"active": False}
    for kind in ("id_token", "access_token", "refresh_token", "jwt", "id-jag"):
        assert error(scene.ask(assertion, kind)) == (400, "invalid_request")
        plain = {"grant_type": TOKEN_EXCHANGE, "subject_token": assertion, "subject_token_type": f"{TYPES}{kind}"}
        assert error(provider.token(scene.wiki, **plain)) == (400, "invalid_request")
    hint = browser.authorize(scene.wiki, id_token_hint=assertion, prompt="none")
    assert "error=" in hint.location
    assert "code=" not in hint.location
    proof = {
        "grant_type": "refresh_token",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    assert error(provider.token(None, **proof)) == (401, "invalid_client")


def test_it_brings_no_token_here(provider: Provider, browser: Browser) -> None:
    """The server that issued an assertion gives no access token for it, whomever it names as its client (section 7.3)."""
    scene = build(provider, grant_types=[*GRANTS, JWT_BEARER])
    scene.allow()
    assertion = scene.ask(scene.sign_in(browser)["id_token"]).json["access_token"]
    form = {"grant_type": JWT_BEARER, "assertion": assertion}
    assert error(provider.token(scene.wiki, **form)) == (400, "invalid_grant")
