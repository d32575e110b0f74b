"""RFC 8693, sections 2 and 4: what a token exchange brings, and who may have it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base import clock, database
from idp.clients.metadata import TOKEN_EXCHANGE
from tests.factories import Browser, Person, Provider
from tests.spec.rfc8693.exchanging import TYPES, Scene, error


def test_an_access_token_is_exchanged(scene: Scene, browser: Browser, ann: Person) -> None:
    """The answer has the members of section 2.2.1, and the token says for whom it is, whose, and who acts (4.1, 4.2, 4.3)."""
    answer = scene.exchange(scene.sign_in(browser)["access_token"])
    assert {name: answer.json[name] for name in ("issued_token_type", "token_type", "scope")} == {
        "issued_token_type": f"{TYPES}access_token",
        "token_type": "Bearer",
        "scope": "read write",
    }
    assert "refresh_token" not in answer.json
    assert "id_token" not in answer.json
    assert answer.headers["Cache-Control"] == "no-store"
    claims = scene.claims(answer)
    assert (claims["sub"], claims["client_id"]) == (ann.sub, scene.api.client_id)
    assert claims["act"] == {"sub": scene.api.client_id}


def test_introspection_tells_who_acts(scene: Scene, browser: Browser) -> None:
    """The audience hears who acts, and for whom the token is (RFC 7662, 2.2; RFC 8693, 4.1), and nothing of our own claims."""
    token = scene.exchange(scene.sign_in(browser)["access_token"]).json["access_token"]
    told = scene.provider.introspect(scene.store, token).json
    assert (told["active"], told["aud"]) == (True, scene.store.client_id)
    assert told["act"] == {"sub": scene.api.client_id}
    assert not {"gid", "through"} & told.keys()


def test_a_token_for_another_audience_opens_nothing_here(scene: Scene, browser: Browser) -> None:
    """What is for the store is no token of this server's own addresses, and one for this server is (RFC 9068, 4)."""
    subject = scene.sign_in(browser)["access_token"]
    assert scene.provider.userinfo(scene.exchange(subject).json["access_token"]).status_code == 401
    scene.allow(audience="", scope="openid")
    here = scene.exchange(subject, audience=None, resource=scene.provider.issuer)
    assert scene.provider.userinfo(here.json["access_token"]).status_code == 200


def test_it_is_never_good_for_more(scene: Scene, browser: Browser) -> None:
    """Without scope it has what subject, rule and client have in common; one that any of them lacks is refused (2.1)."""
    scene.allow(scope="read openid admin.read")
    subject = scene.sign_in(browser, "openid read")["access_token"]
    assert set(scene.exchange(subject).json["scope"].split()) == {"read", "openid"}
    assert scene.exchange(subject, scope="read").json["scope"] == "read"
    assert error(scene.exchange(subject, scope="read write")) == (400, "invalid_scope")


def test_it_never_lives_longer(scene: Scene, browser: Browser) -> None:
    """The new token ends no later than the subject token, however late it is exchanged."""
    subject = scene.sign_in(browser)["access_token"]
    until = scene.provider.verify(subject, scene.provider.issuer)["exp"]
    with clock.moved(timedelta(minutes=4)):
        answer = scene.exchange(subject)
        assert scene.provider.introspect(scene.store, answer.json["access_token"]).json["exp"] == until
        assert answer.json["expires_in"] <= until - clock.timestamp() + 1
    with clock.moved(timedelta(hours=2)):
        assert error(scene.exchange(subject)) == (400, "invalid_request")


@pytest.mark.parametrize("kind", ["id_token", "refresh_token"])
def test_id_tokens_and_refresh_tokens_are_exchanged(scene: Scene, browser: Browser, ann: Person, kind: str) -> None:
    """An ID token of another client by the rule, and a client's own refresh token, which stays good (3)."""
    scene.allow(scene.shop)
    with scene.provider.registration(scene.shop) as row:
        row.grant_types = [*row.grant_types, TOKEN_EXCHANGE]
        row.updated_at = clock.now()
    tokens = scene.sign_in(browser, "openid offline_access read", prompt="consent")
    client = scene.api if kind == "id_token" else scene.shop
    assert scene.claims(scene.ask(client, tokens[kind], kind))["sub"] == ann.sub
    assert scene.provider.refresh(scene.shop, tokens["refresh_token"]).status_code == 200


def test_a_chain_of_actors_is_kept(scene: Scene, browser: Browser) -> None:
    """Who is shown a token with an actor and exchanges it comes before that one (4.1), also where it impersonates."""
    scene.allow(scene.store, subject=scene.api.client_id, audience=scene.shop.client_id)
    first = scene.exchange(scene.sign_in(browser)["access_token"]).json["access_token"]
    second = scene.ask(scene.store, first, audience=scene.shop.client_id)
    act = scene.claims(second, scene.shop.client_id)["act"]
    assert act == {"sub": scene.store.client_id, "act": {"sub": scene.api.client_id}}
    scene.allow(scene.store, subject=scene.api.client_id, audience=scene.shop.client_id, manner="impersonation")
    third = scene.ask(scene.store, first, audience=scene.shop.client_id)
    assert scene.claims(third, scene.shop.client_id)["act"] == {"sub": scene.api.client_id}


def test_only_its_audience_exchanges_it_further(scene: Scene, browser: Browser) -> None:
    """A token that is for the store is no subject token of the API, whatever its rules say."""
    scene.allow(subject=scene.api.client_id)
    token = scene.exchange(scene.sign_in(browser)["access_token"]).json["access_token"]
    assert error(scene.exchange(token)) == (400, "invalid_request")


def test_a_chain_is_bounded(scene: Scene, browser: Browser) -> None:
    """A token goes through eight clients one after the other, and not through a ninth."""
    scene.allow(audience=scene.api.client_id)
    scene.allow(subject=scene.api.client_id, audience=scene.api.client_id)
    token = scene.sign_in(browser)["access_token"]
    answers = []
    for _number in range(9):
        answers.append(scene.exchange(token, audience=scene.api.client_id))
        token = answers[-1].json.get("access_token", token)
    assert [answer.status_code for answer in answers] == [200] * 8 + [400]


def test_impersonation_names_nobody(scene: Scene, browser: Browser) -> None:
    """Where the rule says impersonation the token has no act, and an actor token is refused (1.1, 2.2.2)."""
    scene.allow(manner="impersonation")
    subject = scene.sign_in(browser)["access_token"]
    assert "act" not in scene.claims(scene.exchange(subject))
    actor = {"actor_token": scene.own(scene.api), "actor_token_type": f"{TYPES}access_token"}
    assert error(scene.exchange(subject, **actor)) == (400, "invalid_request")


def test_the_actor_is_whom_its_token_names(scene: Scene, browser: Browser, provider: Provider) -> None:
    """An actor token that was issued to the client itself says who acts; another client's is refused (2.1)."""
    subject = scene.sign_in(browser)["access_token"]
    kind = {"actor_token_type": f"{TYPES}access_token"}
    answer = scene.exchange(subject, actor_token=scene.own(scene.api), **kind)
    assert scene.claims(answer)["act"] == {"sub": scene.api.client_id}
    assert error(scene.exchange(subject, actor_token=scene.own(scene.store), **kind)) == (400, "invalid_request")
    refused = scene.exchange(subject, actor_token="x", actor_token_type=f"{TYPES}refresh_token")
    assert error(refused) == (400, "invalid_request")


def test_a_clients_own_token_stays_that_clients(scene: Scene) -> None:
    """A token without a person is exchanged, too: its subject is the client that it was issued to, and it ends with that."""
    scene.allow(subject=scene.store.client_id, audience=scene.shop.client_id)
    answer = scene.exchange(scene.own(scene.store), audience=scene.shop.client_id)
    claims = scene.claims(answer, scene.shop.client_id)
    assert (claims["sub"], claims["act"]) == (scene.store.client_id, {"sub": scene.api.client_id})
    scene.provider.disable(scene.store)
    assert not scene.provider.introspect(scene.shop, answer.json["access_token"]).json["active"]


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"subject_token": None}, "invalid_request"),
    ({"subject_token_type": None}, "invalid_request"),
    ({"subject_token": "no token"}, "invalid_request"),
    ({"subject_token_type": f"{TYPES}saml2"}, "invalid_request"),
    ({"subject_token_type": f"{TYPES}id_token"}, "invalid_request"),
    ({"subject_token_type": f"{TYPES}refresh_token"}, "invalid_request"),
    ({"requested_token_type": f"{TYPES}id_token"}, "invalid_request"),
    ({"requested_token_type": f"{TYPES}refresh_token"}, "invalid_request"),
    ({"actor_token": "x"}, "invalid_request"),
    ({"actor_token_type": f"{TYPES}access_token"}, "invalid_request"),
    ({"audience": "nobody"}, "invalid_target"),
    ({"audience": None}, "invalid_target"),
    ({"resource": "https://other.example"}, "invalid_target"),
    ({"audience": None, "resource": "https://other.example"}, "invalid_target"),
    ({"scope": "profile"}, "invalid_scope"),
    ({"scope": "weather"}, "invalid_scope"),
]


@pytest.mark.parametrize(("change", "expected"), MISTAKES)
def test_mistakes_are_named(scene: Scene, browser: Browser, change: dict[str, Any], expected: str) -> None:
    """Each mistake has the error of section 2.2.2, or of RFC 6749, section 5.2."""
    subject = scene.sign_in(browser)["access_token"]
    assert error(scene.exchange(subject, **change)) == (400, expected)


def test_whose_tokens_is_said_by_rules(scene: Scene, browser: Browser, provider: Provider) -> None:
    """A client without a rule, without the grant, or without one for this subject gets nothing (2.2.2; RFC 6749, 5.2)."""
    subject = scene.sign_in(browser)["access_token"]
    assert error(scene.ask(scene.store, subject)) == (400, "unauthorized_client")
    assert error(scene.ask(scene.shop, subject)) == (400, "unauthorized_client")
    scene.allow(scene.store, subject=scene.api.client_id)
    assert error(scene.ask(scene.store, subject)) == (400, "invalid_request")


def test_each_exchange_is_on_record(scene: Scene, browser: Browser, ann: Person) -> None:
    """The audit log has whose token was exchanged, by whom, for whom and for what, and no token."""
    scene.exchange(scene.sign_in(browser)["access_token"], scope="read")
    with scene.provider.working():
        event = database.session().scalars(select(AuditEvent).where(AuditEvent.event == "token.exchanged")).one()
        assert (event.subject, event.client_id) == (ann.sub, scene.api.client_id)
        assert event.detail == {
            "of_client": scene.shop.client_id,
            "audience": scene.store.client_id,
            "manner": "delegation",
            "acts": scene.api.client_id,
            "scope": "read",
        }
