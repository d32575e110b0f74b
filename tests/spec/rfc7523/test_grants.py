"""JWT authorization grants (RFC 7523, sections 2.1 and 3): whose assertions count, for whom and for what."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base import clock, database
from idp.clients import service as clients
from idp.clients.metadata import JWT_BEARER
from idp.federation.models import UpstreamIdentity
from idp.issuers import service
from idp.issuers.definition import ID_JAG, IDENTITY, SUB, USERNAME, of
from tests.factories import Person, Provider
from tests.keys.strangers import signed
from tests.spec.rfc7523.issuing import Scene, build, error
from tests.spec.rfc9449 import proving


@pytest.fixture
def scene(provider: Provider, ann: Person) -> Scene:
    """An issuer that speaks of people by their addresses, Ann among them."""
    return build(provider)


def test_an_assertion_brings_an_access_token(scene: Scene, ann: Person) -> None:
    """A good assertion brings an access token for the person it names, with no refresh token and no ID token (section 2.1)."""
    answer = scene.ask(scene.sign(), scope="read")
    claims = scene.claims(answer)
    assert (claims["sub"], claims["scope"], claims["amr"]) == (ann.sub, "read", [])
    assert answer.json.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert scene.ask(scene.sign()).json["scope"] == "read write"
    assert scene.provider.introspect(scene.client, answer.json["access_token"]).json["active"]
    with scene.provider.working():
        events = database.session().scalars(select(AuditEvent).where(AuditEvent.event == "assertion.accepted")).all()
        assert [event.detail["issuer"] for event in events] == [scene.issuer] * 2
        assert {event.subject for event in events} == {ann.sub}


def test_each_is_used_once(scene: Scene) -> None:
    """An assertion that comes again is refused (section 3, point 7); the same jti of another issuer is another one."""
    assertion = scene.sign(jti="j")
    assert scene.ask(assertion).status_code == 200
    assert error(scene.ask(assertion)) == (400, "invalid_grant")
    assert error(scene.ask(scene.sign(jti="j", sub="other"))) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"}, {"iss": "https://issuer.example/"}, {"iss": None}, {"iss": ["https://issuer.example"]},
        {"aud": "https://other.example"}, {"aud": None}, {"aud": []}, {"aud": ["https://other.example"]}, {"aud": 7},
        {"exp": None}, {"exp": "soon"}, {"exp": 1}, {"exp": 253402300799}, {"nbf": 253402300799}, {"iat": 253402300799}, {"iat": "x"},
        {"jti": None}, {"jti": ""}, {"jti": 7}, {"jti": "j" * 501}, {"sub": None}, {"sub": 7},
        {"email": None}, {"email": "nobody@example.org"}, {"email": 7}, {"email": ""}, {"email": "a\0b@example.org"},
        {"email": ["ann@example.org"]},
        {"email_verified": False}, {"email_verified": "false"}, {"cnf": {"jkt": "x"}}, {"cnf": {}}, {"cnf": 7},
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(scene: Scene, changes: dict[str, Any]) -> None:
    """An assertion that lacks a claim, or whose issuer, audience, times or person are wrong, is `invalid_grant` (section 3.1)."""
    answer = scene.ask(scene.sign(**changes))
    assert error(answer) == (400, "invalid_grant"), answer.text
    assert answer.json["error_description"]


@pytest.mark.parametrize(
    "header",
    [{"typ": "at+jwt"}, {"typ": "dpop+jwt"}, {"alg": "none"}, {"alg": "HS256"}, {"kid": "none"}, {"crit": ["x"]}],
)
def test_headers_that_are_not_taken(scene: Scene, header: dict[str, Any]) -> None:
    """A JWT of another type, of a symmetric or no algorithm, or of an unknown key is no assertion (RFC 8725, 3.1 and 3.11)."""
    assert error(scene.ask(scene.sign(header))) == (400, "invalid_grant")


def test_texts_that_are_no_assertion(scene: Scene) -> None:
    """Whatever is no JWT at all is refused, and a missing one is the request's fault."""
    for text in ("x", "a.b.c", "." * 2, "é", "a" * 40_000, scene.sign()[:-4] + "AAAA"):
        assert error(scene.ask(text)) in {(400, "invalid_grant"), (400, "invalid_request")}, text[:10]
    assert error(scene.ask(None)) == (400, "invalid_request")


def test_clocks_may_differ(scene: Scene) -> None:
    """Ten seconds between two clocks are nothing, and a minute is too much."""
    now = clock.timestamp()
    assert scene.ask(scene.sign(iat=now + 9, nbf=now + 9)).status_code == 200
    assert scene.ask(scene.sign(exp=now - 9)).status_code == 200
    assert error(scene.ask(scene.sign(iat=now + 61))) == (400, "invalid_grant")
    assert error(scene.ask(scene.sign(exp=now - 61))) == (400, "invalid_grant")
    assert error(scene.ask(scene.sign(exp=now + 3700))) == (400, "invalid_grant")


def test_only_clients_that_are_named(scene: Scene) -> None:
    """A client that the issuer's row does not name gets nothing, nor one that is not registered for the grant, nor without a proof."""
    other = scene.provider.client(grant_types=[JWT_BEARER], redirect_uris=[], scope="read")
    plain = scene.provider.client(scope="read")
    assert error(scene.ask(scene.sign(), other)) == (400, "invalid_grant")
    assert error(scene.ask(scene.sign(), plain)) == (400, "unauthorized_client")
    form = {"grant_type": JWT_BEARER, "assertion": scene.sign(), "client_id": scene.client.client_id}
    assert error(scene.provider.http.post("/oauth/token", data=form)) == (401, "invalid_client")


def test_scopes_are_those_of_all(scene: Scene) -> None:
    """A token has no scope that the issuer's row, the assertion or the client lacks; none brings what needs a sign-in."""
    assert error(scene.ask(scene.sign(), scope="read openid")) == (400, "invalid_scope")
    assert error(scene.ask(scene.sign(scope="read"), scope="write")) == (400, "invalid_scope")
    assert scene.ask(scene.sign(scope="read admin profile")).json["scope"] == "read"
    assert "scope" not in scene.ask(scene.sign(scope="other")).json


def test_who_is_closed_or_unproved_is_nobody(scene: Scene, ann: Person) -> None:
    """No token is for an account that is disabled, or whose address nobody has proved; the client hears no difference."""
    with scene.provider.account(ann) as account:
        account.disabled_at = clock.now()
    scene.provider.person("eve@example.org", verified=False)
    told = {
        scene.ask(scene.sign(email=email)).text for email in ("ann@example.org", "eve@example.org", "no@example.org")
    }
    assert len(told) == 1
    assert "invalid_grant" in told.pop()


def test_demands_are_asked(scene: Scene, ann: Person) -> None:
    """Where a second factor is demanded nobody comes by another server's word, for none was shown here."""
    with scene.provider.registration(scene.client) as row:
        row.require_second_factor = True
    assert error(scene.ask(scene.sign())) == (400, "invalid_grant")


def test_the_person_ends_it(scene: Scene, ann: Person) -> None:
    """A token ends with the password of its person, and the issuer's next assertion brings another one."""
    token = scene.ask(scene.sign()).json["access_token"]
    with scene.provider.account(ann) as account:
        account.token_epoch += 1
    assert not scene.provider.introspect(scene.client, token).json["active"]
    assert scene.ask(scene.sign()).status_code == 200


def test_domains_bound_an_issuer(scene: Scene, ann: Person) -> None:
    """An issuer that may speak of some domains alone cannot name anybody else."""
    scene.change(email_domains=("other.example",))
    assert error(scene.ask(scene.sign())) == (400, "invalid_grant")
    scene.change(email_domains=("example.org",))
    assert scene.ask(scene.sign(email="Ann@Example.ORG")).status_code == 200


@pytest.mark.parametrize("member", [SUB, USERNAME])
def test_other_claims_name_people(scene: Scene, ann: Person, member: str) -> None:
    """The claim that names an account may be its `sub` here, or its username."""
    with scene.provider.account(ann) as account:
        account.username, account.username_folded = "Ann", "ann"
    said = {SUB: ann.sub, USERNAME: "ann"}[member]
    scene.change(account_claim="who", account_member=member)
    assert scene.claims(scene.ask(scene.sign(who=said)))["sub"] == ann.sub
    assert error(scene.ask(scene.sign(who="somebody"))) == (400, "invalid_grant")
    assert error(scene.ask(scene.sign(who="ann@example.org"))) == (400, "invalid_grant")


def test_identities_name_people(scene: Scene, ann: Person) -> None:
    """By default `sub` is the person's identity at a sign-in provider, as it was linked here."""
    with scene.provider.account(ann) as account:
        row = UpstreamIdentity(
            account_id=account.id, provider="google", subject="U1", name="Ann", linked_at=clock.now()
        )
        database.session().add(row)
    scene.change(account_claim="sub", account_member=IDENTITY, provider="google")
    assert scene.claims(scene.ask(scene.sign(sub="U1")))["sub"] == ann.sub
    assert error(scene.ask(scene.sign(sub="u1"))) == (400, "invalid_grant")
    scene.change(provider="github")
    assert error(scene.ask(scene.sign(sub="U1"))) == (400, "invalid_grant")


def test_more_audiences(scene: Scene) -> None:
    """An administrator may accept another `aud`; a token that is for others, too, is for nobody alone."""
    assert scene.ask(scene.sign(aud=f"{scene.provider.issuer}/oauth/token")).status_code == 200
    assert error(scene.ask(scene.sign(aud="urn:shop"))) == (400, "invalid_grant")
    scene.change(audiences=("urn:shop",))
    assert scene.ask(scene.sign(aud=["urn:shop", scene.provider.issuer])).status_code == 200
    assert error(scene.ask(scene.sign(aud=["urn:shop", "https://other.example"]))) == (400, "invalid_grant")


def test_trust_ends_at_once(scene: Scene) -> None:
    """What an administrator takes away counts from the next request on."""
    scene.change(grant_profiles=(ID_JAG,))
    assert error(scene.ask(scene.sign())) == (400, "invalid_grant")
    with scene.row() as row:
        service.remove(row, actor="the tests")
    assert error(scene.ask(scene.sign_id_jag())) == (400, "invalid_grant")


def test_a_client_that_goes_is_forgotten(scene: Scene) -> None:
    """Whoever registers a deleted client's identifier anew is trusted with nothing."""
    with scene.provider.working():
        gone = clients.get(scene.client.client_id, for_change=True)
        assert gone is not None
        clients.remove(gone, actor="the tests")
    with scene.row() as row:
        assert of(row).clients == ()


def test_a_bound_token(scene: Scene) -> None:
    """A client that shows a key gets a token that is bound to it (RFC 9449, section 5)."""
    form = {"grant_type": JWT_BEARER, "assertion": scene.sign()}
    answer = proving.ask(scene.provider, scene.client, proving.prove(scene.provider), **form)
    assert answer.json["token_type"] == "DPoP"
    assert scene.claims(answer)["cnf"] == {"jkt": proving.thumbprint()}


def test_another_key(scene: Scene) -> None:
    """A signature by a key of that name that the issuer has not is none."""
    now = clock.timestamp()
    claims = {
        "iss": scene.issuer,
        "sub": "ann",
        "email": "ann@example.org",
        "aud": scene.provider.issuer,
        "jti": "x",
        "exp": now + 60,
    }
    stranger = ec.generate_private_key(ec.SECP256R1())
    assert error(scene.ask(signed("ES256", claims, stranger))) == (400, "invalid_grant")
    assert scene.ask(signed("ES256", claims)).status_code == 200
