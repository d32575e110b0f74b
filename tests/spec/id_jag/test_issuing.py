"""Identity assertions for other authorization servers (draft-ietf-oauth-identity-assertion-authz-grant): what is issued, and to whom."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base import clock, database
from tests.factories import Browser, Person, Provider
from tests.spec.id_jag.issuing import CHAT, FILES, TALKS, TYPES, Scene, build, error
from tests.spec.rfc9449 import proving


@pytest.fixture
def scene(provider: Provider) -> Scene:
    """A wiki that gets assertions for the chat."""
    scene = build(provider)
    scene.allow()
    return scene


@pytest.mark.parametrize("kind", ["id_token", "refresh_token"])
def test_an_assertion_is_issued(scene: Scene, browser: Browser, ann: Person, kind: str) -> None:
    """An ID token or a refresh token brings an assertion with the members and claims of sections 3.1 and 4.3.3, and nothing else."""
    answer = scene.ask(scene.sign_in(browser)[kind], kind)
    claims, now = scene.claims(answer), clock.timestamp()
    assert {name: value for name, value in answer.json.items() if name != "access_token"} == {
        "issued_token_type": f"{TYPES}id-jag",
        "token_type": "N_A",
        "expires_in": 300,
        "scope": "chat.read chat.write",
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert {name: claims[name] for name in ("iss", "sub", "aud", "client_id", "scope")} == {
        "iss": scene.provider.issuer,
        "sub": ann.sub,
        "aud": CHAT,
        "client_id": scene.wiki.client_id,
        "scope": "chat.read chat.write",
    }
    assert (claims["exp"] - claims["iat"], claims["amr"]) == (300, ["pwd"])
    assert 0 <= now - claims["iat"] <= 5
    assert claims.keys() == {"iss", "sub", "aud", "client_id", "scope", "jti", "iat", "exp", "auth_time", "amr", "acr"}


def test_each_has_a_name_of_its_own(scene: Scene, browser: Browser) -> None:
    """One ID token brings several, each with another jti, and a refresh token is not used up by it."""
    tokens = scene.sign_in(browser)
    answers = [scene.ask(tokens["id_token"]), scene.ask(tokens["id_token"])]
    answers.append(scene.ask(tokens["refresh_token"], "refresh_token"))
    assert len({scene.claims(answer)["jti"] for answer in answers}) == 3
    assert scene.provider.refresh(scene.wiki, tokens["refresh_token"]).status_code == 200


def test_scopes_are_those_of_the_rule(scene: Scene, browser: Browser) -> None:
    """Of the scopes that are asked for those of the rule are had, which the answer tells; where none is left it is refused (4.3.2)."""
    token = scene.sign_in(browser)["id_token"]
    answer = scene.ask(token, scope="chat.read chat.admin")
    assert (answer.json["scope"], scene.claims(answer)["scope"]) == ("chat.read", "chat.read")
    assert error(scene.ask(token, scope="chat.admin")) == (400, "invalid_scope")
    scene.allow(scope="")
    answer = scene.ask(token)
    assert "scope" not in answer.json
    assert "scope" not in scene.claims(answer)


def test_resources_are_those_of_the_rule(scene: Scene, browser: Browser) -> None:
    """One is told as a text, several as a list; none named is all of the rule; another one is `invalid_target`."""
    token = scene.sign_in(browser)["id_token"]
    assert error(scene.ask(token, resource=FILES)) == (400, "invalid_target")
    scene.allow(resources=(FILES, TALKS))
    assert scene.claims(scene.ask(token, resource=FILES))["resource"] == FILES
    assert scene.claims(scene.ask(token, resource=[FILES, TALKS]))["resource"] == [FILES, TALKS]
    assert scene.claims(scene.ask(token))["resource"] == [FILES, TALKS]
    for other in (f"{FILES}/", "no uri", scene.provider.issuer):
        assert error(scene.ask(token, resource=other)) == (400, "invalid_target")


def test_who_it_is_there(scene: Scene, browser: Browser, ann: Person) -> None:
    """The rule says what the client is called there, and whether the person's proved address is told."""
    scene.allow(client_id="wiki-at-chat", email=True)
    token = scene.sign_in(browser)["id_token"]
    claims = scene.claims(scene.ask(token))
    assert (claims["client_id"], claims["email"], claims["email_verified"]) == ("wiki-at-chat", ann.email, True)
    with scene.provider.account(ann) as account:
        account.email_verified_at = None
    assert "email" not in scene.claims(scene.ask(token))


def test_the_subject_is_that_of_its_own_sign_ins(provider: Provider, browser: Browser, ann: Person) -> None:
    """Where the other server is a client here people have the sub that it knows, by its algorithm; else the asker's (3.1)."""
    sector = {"subject_type": "pairwise"}
    scene = build(provider, redirect_uris=["https://wiki.example/callback"], **sector)
    chat = provider.client(
        redirect_uris=["https://chat.example/callback"], id_token_signed_response_alg="ES256", **sector
    )
    scene.allow()
    token = scene.sign_in(browser)["id_token"]
    own = scene.claims(scene.ask(token))["sub"]
    assert own == provider.verify(token, scene.wiki.client_id)["sub"] != ann.sub
    scene.allow(sso_client_id=chat.client_id)
    answer = scene.ask(token)
    there = provider.verify(provider.grant(chat, browser)["id_token"], chat.client_id)["sub"]
    assert scene.claims(answer)["sub"] == there != own
    assert jwt.get_unverified_header(answer.json["access_token"])["alg"] == "ES256"
    provider.disable(chat)
    assert error(scene.ask(token)) == (400, "invalid_target")


def test_it_ends_no_later_than_the_id_token(scene: Scene, browser: Browser) -> None:
    """An assertion for an ID token that is about to expire expires with it, and one that has expired brings none."""
    token = scene.sign_in(browser)["id_token"]
    until = scene.provider.verify(token, scene.wiki.client_id)["exp"]
    with clock.moved(timedelta(seconds=until - clock.timestamp() - 30)):
        assert scene.ask(token).json["expires_in"] <= 31
    with clock.moved(timedelta(seconds=until - clock.timestamp() + 1)):
        assert error(scene.ask(token)) == (400, "invalid_request")


def test_it_is_bound_to_a_key_that_is_proved(scene: Scene, browser: Browser) -> None:
    """With a DPoP proof the assertion names its key, and its type stays N_A (section 7.6.1.1)."""
    form = scene.form(scene.sign_in(browser)["id_token"])
    answer = proving.ask(scene.provider, scene.wiki, proving.prove(scene.provider), **form)
    assert answer.json["token_type"] == "N_A"
    assert scene.claims(answer)["cnf"] == {"jkt": proving.thumbprint()}


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"subject_token": None}, "invalid_request"),
    ({"subject_token_type": None}, "invalid_request"),
    ({"audience": None}, "invalid_request"),
    ({"subject_token": "no token"}, "invalid_request"),
    ({"subject_token_type": f"{TYPES}access_token"}, "invalid_request"),
    ({"subject_token_type": f"{TYPES}saml2"}, "invalid_request"),
    ({"subject_token_type": f"{TYPES}id-jag"}, "invalid_request"),
    ({"subject_token_type": f"{TYPES}refresh_token"}, "invalid_request"),
    ({"actor_token": "x", "actor_token_type": f"{TYPES}access_token"}, "invalid_request"),
    ({"authorization_details": "[]"}, "invalid_authorization_details"),
    ({"audience": CHAT.rstrip("/")}, "invalid_target"),
    ({"audience": "https://other.example"}, "invalid_target"),
    ({"resource": "https://other.example"}, "invalid_target"),
    ({"scope": "openid"}, "invalid_scope"),
    ({"scope": '"'}, "invalid_scope"),
]


@pytest.mark.parametrize(("change", "expected"), MISTAKES)
def test_mistakes_are_named(scene: Scene, browser: Browser, change: dict[str, Any], expected: str) -> None:
    """Each mistake has the error of RFC 8693, section 2.2.2, or of RFC 6749, section 5.2."""
    assert error(scene.ask(scene.sign_in(browser)["id_token"], **change)) == (400, expected)


def test_only_its_own_tokens_are_taken(scene: Scene, browser: Browser) -> None:
    """Another client's ID token or refresh token and an access token bring nothing, whatever the rules say (section 4.3.1)."""
    other = build(scene.provider)
    scene.allow(other.wiki)
    tokens = scene.sign_in(browser)
    for kind in ("id_token", "refresh_token", "access_token"):
        assert error(scene.ask(tokens[kind], kind, client=other.wiki)) == (400, "invalid_request")
    assert error(scene.ask(tokens["access_token"])) == (400, "invalid_request")


def test_a_grant_without_a_sign_in_brings_none(scene: Scene, browser: Browser) -> None:
    """A refresh token of a grant without openid stands for no identity."""
    tokens = scene.sign_in(browser, scope="email offline_access")
    assert error(scene.ask(tokens["refresh_token"], "refresh_token")) == (400, "invalid_request")


def test_who_may_ask(scene: Scene, browser: Browser, provider: Provider) -> None:
    """A client without a rule, one without the grant and one that does not prove itself get nothing (section 7.1)."""
    other = build(provider)
    token = provider.grant(other.wiki, browser, "openid")["id_token"]
    assert error(scene.ask(token, client=other.wiki)) == (400, "unauthorized_client")
    plain = provider.client()
    token = provider.grant(plain, browser, "openid")["id_token"]
    assert error(scene.ask(token, client=plain)) == (400, "unauthorized_client")
    form = scene.form(scene.sign_in(browser)["id_token"], client_id=scene.wiki.client_id)
    assert error(provider.token(None, **form)) == (401, "invalid_client")


def test_each_is_on_record(scene: Scene, browser: Browser, ann: Person) -> None:
    """The audit log has for whom an assertion was issued, to whom, for where and for what, and not the assertion."""
    scene.allow(resources=(FILES,))
    claims = scene.claims(scene.ask(scene.sign_in(browser)["id_token"], scope="chat.read"))
    with scene.provider.working():
        event = database.session().scalars(select(AuditEvent).where(AuditEvent.event == "id_jag.issued")).one()
        assert (event.subject, event.client_id) == (ann.sub, scene.wiki.client_id)
        assert event.detail == {"audience": CHAT, "scope": "chat.read", "resources": FILES, "jti": claims["jti"]}


def test_what_is_published(provider: Provider) -> None:
    """Both metadata name the type that can be asked for (section 6.1)."""
    for path in ("oauth-authorization-server", "openid-configuration"):
        metadata = provider.http.get(f"/.well-known/{path}").json
        assert metadata["identity_chaining_requested_token_types_supported"] == [f"{TYPES}id-jag"]
