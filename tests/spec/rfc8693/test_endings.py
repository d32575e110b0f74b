"""An exchanged token lives no longer than what is behind it, and is bound as that is (RFC 8693, section 1; RFC 9449; RFC 9700)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from idp import keys
from idp.base import clock
from idp.clients import exchanges
from idp.clients import service as clients
from idp.clients.metadata import TOKEN_EXCHANGE
from idp.groups import access, service
from idp.groups.models import Group
from idp.oauth import consents
from tests.factories import Browser, Person, Provider
from tests.spec.rfc8693.exchanging import TYPES, Scene, build, error
from tests.spec.rfc9449.proving import ask, prove, redeem, thumbprint

End = Callable[[Scene, Browser, dict[str, str]], object]


def _end_by_account(scene: Scene, _browser: Browser, _tokens: dict[str, str]) -> None:
    with scene.provider.account(PEOPLE[0]) as account:
        account.disabled_at = clock.now()


def _end_by_epoch(scene: Scene, _browser: Browser, _tokens: dict[str, str]) -> None:
    with scene.provider.account(PEOPLE[0]) as account:
        account.token_epoch += 1


def _end_by_consent(scene: Scene, _browser: Browser, _tokens: dict[str, str]) -> None:
    with scene.provider.account(PEOPLE[0]) as account:
        consents.withdraw(account.id, scene.shop.client_id, subject=account.sub, source="tests")


PEOPLE: list[Person] = []
ENDS: dict[str, End] = {
    "the person signs out": lambda _scene, browser, _tokens: browser.sign_out(),
    "the refresh token is revoked": lambda scene, _browser, tokens: scene.provider.revoke(
        scene.shop, tokens["refresh_token"]
    ),
    "the account is disabled": _end_by_account,
    "the person signs out everywhere": _end_by_epoch,
    "the consent is withdrawn": _end_by_consent,
    "the shop is disabled": lambda scene, _browser, _tokens: scene.provider.disable(scene.shop),
    "the API is disabled": lambda scene, _browser, _tokens: scene.provider.disable(scene.api),
}


@pytest.fixture(autouse=True)
def people(ann: Person) -> None:
    """Whom the ends are about."""
    PEOPLE[:] = [ann]


@pytest.mark.parametrize("how", ENDS)
def test_it_ends_with_what_is_behind_it(scene: Scene, browser: Browser, how: str) -> None:
    """Whatever ends the subject's grant, or one of the clients, ends what was exchanged for it, and what for that."""
    scene.allow(scene.store, subject=scene.api.client_id, audience=scene.store.client_id)
    offline = "openid read offline_access" if how == "the refresh token is revoked" else "openid read"
    tokens = scene.sign_in(browser, offline, prompt="consent")
    first = scene.exchange(tokens["access_token"]).json["access_token"]
    second = scene.ask(scene.store, first).json["access_token"]
    assert scene.is_active(first)
    assert scene.is_active(second)
    ENDS[how](scene, browser, tokens)
    assert not scene.is_active(first)
    assert not scene.is_active(second)
    assert scene.exchange(tokens["access_token"]).status_code == (401 if how == "the API is disabled" else 400)


def test_it_can_be_revoked_alone(scene: Scene, browser: Browser) -> None:
    """The client that exchanged a token gives it back (RFC 7009, 2.1), another does not, and the subject token stays."""
    subject = scene.sign_in(browser)["access_token"]
    token = scene.exchange(subject).json["access_token"]
    assert error(scene.provider.revoke(scene.shop, token)) == (400, "invalid_grant")
    assert scene.provider.revoke(scene.api, token).status_code == 200
    assert not scene.is_active(token)
    assert scene.provider.userinfo(subject).status_code == 200


def test_a_scope_taken_from_any_client_is_gone(scene: Scene, browser: Browser) -> None:
    """What the shop or the API is registered for no more, the exchanged token is not good for any more."""
    token = scene.exchange(scene.sign_in(browser)["access_token"]).json["access_token"]
    for client, left in ((scene.shop, "read"), (scene.api, "")):
        with scene.provider.registration(client) as row:
            scope = " ".join(one for one in row.scope.split() if one != ("write" if left else "read"))
            clients.change(row, replace(clients.to_metadata(row), scope=scope))
        assert scene.provider.introspect(scene.store, token).json["scope"] == left


def test_a_second_factor_of_the_api_is_demanded(provider: Provider, browser: Browser) -> None:
    """A client that demands a second factor of its people gets no token for a sign-in without one."""
    scene = build(provider, require_second_factor=True)
    scene.allow()
    assert error(scene.exchange(scene.sign_in(browser)["access_token"])) == (400, "invalid_request")


def test_who_may_use_the_api_counts(scene: Scene, browser: Browser, ann: Person) -> None:
    """Where the API is for the members of a group alone, others' tokens are not exchanged, and those exchanged before are dead."""
    subject = scene.sign_in(browser)["access_token"]
    token = scene.exchange(subject).json["access_token"]
    with scene.provider.registration(scene.api) as row:
        group = service.create("eng", actor="tests")
        assert isinstance(group, Group)
        assert access.put(row, is_restricted=True, groups=[group], actor="tests") is None
    assert not scene.is_active(token)
    assert error(scene.exchange(subject)) == (400, "invalid_request")


def test_a_bound_token_needs_its_key(scene: Scene, browser: Browser) -> None:
    """A token that is bound to a key is exchanged with a proof of that key alone, and the new one is bound to it (RFC 9449, 5)."""
    code = browser.answer(scene.shop, scope="openid read")["code"]
    subject = redeem(scene.provider, scene.shop, code, prove(scene.provider)).json["access_token"]
    form = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": subject,
        "subject_token_type": f"{TYPES}access_token",
        "audience": scene.store.client_id,
    }
    for proof in (None, prove(scene.provider, alg="EdDSA")):
        assert error(ask(scene.provider, scene.api, proof, **form)) == (400, "invalid_request")
    answer = ask(scene.provider, scene.api, prove(scene.provider), **form)
    assert answer.json["token_type"] == "DPoP"
    assert scene.claims(answer)["cnf"] == {"jkt": thumbprint()}


def test_a_token_that_may_be_exchanged_once_is(scene: Scene, browser: Browser) -> None:
    """Where the rule says once, the second exchange of a token is refused, and another token's is not."""
    scene.allow(once=True)
    tokens = scene.sign_in(browser)
    assert scene.exchange(tokens["access_token"]).status_code == 200
    assert error(scene.exchange(tokens["access_token"])) == (400, "invalid_request")
    assert scene.exchange(tokens["id_token"], "id_token").status_code == 200


def test_may_act_names_who_may(scene: Scene, browser: Browser) -> None:
    """A subject token with may_act is exchanged for the actor that it names alone (4.4)."""
    subject = scene.sign_in(browser)["access_token"]
    claims = scene.provider.verify(subject, scene.provider.issuer)
    for may_act, status in (({"sub": scene.api.client_id}, 200), ({"sub": scene.store.client_id}, 400), ({}, 400)):
        with scene.provider.working():
            token = keys.sign(claims | {"may_act": may_act}, keys.ACCESS_TOKEN_ALGORITHM, "at+jwt")
        assert scene.exchange(token).status_code == status


def test_rules_end_with_their_clients(scene: Scene, provider: Provider) -> None:
    """Nobody inherits a rule with the identifier of a client that was deleted."""
    with provider.registration(scene.shop) as row:
        clients.remove(row)
    with provider.working():
        assert exchanges.of_client(scene.api.client_id) == []
