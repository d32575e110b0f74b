"""The page that tries a token of an issuer: what is right, what is wrong, and that nothing comes of it."""

import logging

import pytest

from idp.clients.metadata import JWT_BEARER
from tests.admin.conftest import Making, Visitor
from tests.admin.test_issuers import SUBJECT, client_of, fields_of, trust
from tests.factories import Person, Provider
from tests.spec.rfc7523.issuing import Scene

SAID = {"iss": "https://cluster.example"}
BAD = '<span class="badge bad">'


@pytest.fixture
def scene(provider: Provider, ann: Person, admin: Visitor) -> tuple[Scene, str]:
    """A cluster that is trusted, for a program and for people, and the address at which its tokens are tried."""
    client = client_of(provider)
    path = trust(admin, **fields_of(client, grant_profiles=["jwt", "id-jag"]))
    return Scene(provider, client, SAID["iss"]), f"{path}/try"


def test_good_tokens(scene: tuple[Scene, str], admin: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    """A good token is told what it is good for; it is in neither the answer nor a log, and is as unused as before."""
    made, path = scene
    caplog.set_level(logging.DEBUG)
    program = admin.send(path, token=f"  {made.sign(sub=SUBJECT)}\n").text
    assert f"It proves the app {made.client.client_id}." in program
    plain = made.sign()
    for token in (plain, made.sign_id_jag()):
        text = admin.send(path, token=token).text
        assert "The token verifies" in text
        assert BAD not in text
        for said in (made.client.client_id, "email: ann@example.org", "alg: ES256", " UTC"):
            assert said in text
        assert token.split(".")[2] not in text + caplog.text
    shower = made.provider.client(grant_types=[JWT_BEARER], redirect_uris=[], scope="read")
    names = f"{made.client.client_id}\n{shower.client_id}"
    admin.send(path.removesuffix("/try"), **fields_of(made.client, clients=names))
    assert made.ask(plain, shower).status_code == 200
    assert made.ask(plain, shower).json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("header", "changes", "sentence"),
    [
        ({}, {"iss": "https://cluster.example/"}, "to the last slash"),
        ({"typ": "at+jwt"}, {}, "for something else"),
        ({"alg": "HS256"}, {}, "This algorithm is not taken"),
        ({"kid": "old"}, {}, "pasted keys may be old"),
        ({"alg": "EdDSA", "kid": "EdDSA"}, {}, "by another key"),
        ({}, {"aud": "https://elsewhere.example"}, "Each of these must be"),
        ({}, {"exp": 1}, "It has expired"),
        ({}, {"exp": "<b>soon</b>"}, "&lt;b&gt;soon"),
        ({}, {"exp": None}, "It has expired"),
        ({}, {"jti": None}, "It lacks jti"),
        ({}, {"email": "nobody@example.org"}, "Nobody has an account"),
        ({}, {"email": 7}, "email: 7"),
        ({"typ": "oauth-id-jag+jwt"}, {"client_id": "other"}, "No app may that is named here"),
        ({"typ": "oauth-id-jag+jwt"}, {}, "It lacks client_id"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    scene: tuple[Scene, str], admin: Visitor, header: dict[str, object], changes: dict[str, object], sentence: str
) -> None:
    """Each thing that can be wrong is marked, in plain words, with what the token says."""
    made, path = scene
    answer = admin.send(path, token=made.sign(header, **changes))
    assert answer.status_code == 200
    assert sentence in answer.text
    assert BAD in answer.text


def test_what_is_no_token(scene: tuple[Scene, str], admin: Visitor) -> None:
    """Whatever is typed is answered; nothing at all, and too much, are refused at the field."""
    _made, path = scene
    for text in ("x", "a.b.c", "é" * 50, "." * 9):
        answer = admin.send(path, token=text)
        assert (answer.status_code, "This is no signed JWT" in answer.text) == (200, True)
    for text, said in (("", "Paste a token."), ("a" * 20_001, "too long for a token")):
        answer = admin.send(path, token=text)
        assert (answer.status_code, said in answer.text) == (400, True)


def test_who_is_told_of_people(scene: tuple[Scene, str], add_account: Making, sign_in: object) -> None:
    """Who may not see people hears nothing of whether somebody has an account."""
    made, path = scene
    keeper: Visitor = sign_in(add_account("clients@example.org", role="clients"))  # type: ignore[operator] # a fixture is a function
    told = {
        keeper.send(path, token=made.sign(email=f"{name}@example.org", jti="j")).text.count(BAD)
        for name in ("ann", "bob")
    }
    assert told == {0}
