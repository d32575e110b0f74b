"""OpenID Connect RP-Initiated Logout 1.0: which hints are good, what is made of the other parameters, and what has ended afterwards."""

from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import delete

from idp import keys
from idp.base import clock, database
from tests.factories import Browser, Client, Person, Provider
from tests.spec.oidc_rp_logout.test_logout import BAD_CLIENT, BAD_HINT, BYE, confirm, is_signed_in, leave

ODD = "".join(chr(code) for code in range(0x20, 0x7F)) + "ä€😀" + "x" * 30


@pytest.fixture
def shop(provider: Provider) -> Client:
    """A client with an address to return to."""
    return provider.client(first_party=True, post_logout_redirect_uris=[BYE])


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("subject_type", ["public", "pairwise"])
def test_every_id_token_is_a_hint(provider: Provider, browser: Browser, algorithm: str, subject_type: str) -> None:
    """An ID token in any of our algorithms, of a pairwise subject too, names the session, and its client is sent back to (2)."""
    client = provider.client(
        first_party=True,
        post_logout_redirect_uris=[BYE],
        id_token_signed_response_alg=algorithm,
        subject_type=subject_type,
    )
    hint = provider.grant(client, browser)["id_token"]
    assert leave(browser, id_token_hint=hint, client_id=client.client_id, post_logout_redirect_uri=BYE).location == BYE
    assert not is_signed_in(browser, client)


def test_a_retired_key_still_vouches(provider: Provider, browser: Browser, shop: Client) -> None:
    """A hint is good for as long as the key that signed it is published, twice rotated or not (2)."""
    hint = provider.grant(shop, browser)["id_token"]
    for _ in range(2):
        with provider.working():
            keys.rotate()
    with provider.working():
        states = {key.kid: key.state for key in keys.listing()}
    assert states[jwt.get_unverified_header(hint)["kid"]] == "retired"
    assert leave(browser, id_token_hint=hint, post_logout_redirect_uri=BYE).location == BYE
    assert not is_signed_in(browser, shop)


def outlive(provider: Provider, id_token: str) -> str:
    """Return an ID token as it is long after it was issued: it is over, and its key was deleted, some time after its retirement."""
    claims = jwt.decode(id_token, options={"verify_signature": False})
    with provider.working():
        hint = keys.sign(claims | {"exp": clock.timestamp() - 1}, "RS256")
        database.run(delete(keys.SigningKey).where(keys.SigningKey.kid == jwt.get_unverified_header(hint)["kid"]))
    with provider.working():
        keys.ensure()
    return hint


def test_a_hint_of_a_deleted_key_asks(provider: Provider, browser: Browser, shop: Client) -> None:
    """A hint whose key is gone proves nothing any more: one is asked, signed out, and sent nowhere, `client_id` or not (2, 4)."""
    hint = outlive(provider, provider.grant(shop, browser)["id_token"])
    for more in ({}, {"client_id": shop.client_id}):
        values = {"id_token_hint": hint, "post_logout_redirect_uri": BYE, "state": "s"} | more
        asked = leave(browser, **values)
        assert asked.location.startswith("/oauth/logout/confirm?")
        assert is_signed_in(browser, shop)
        by_post = browser.http.post("/oauth/logout", data=values)
        assert browser.get(by_post.location).location == asked.location
    assert confirm(browser, asked, shop).location == "/signed-out"
    assert not is_signed_in(browser, shop)
    assert leave(browser, id_token_hint=hint, post_logout_redirect_uri=BYE).location == "/signed-out"


def test_what_only_looks_like_a_hint_of_a_deleted_key(provider: Provider, browser: Browser, shop: Client) -> None:
    """A deleted key excuses no token that is still good, unsigned, of another kind or issuer, without a key's name; no client (4)."""
    hint = provider.grant(shop, browser)["id_token"]
    good = jwt.decode(hint, options={"verify_signature": False})
    claims = good | {"exp": clock.timestamp() - 1}
    stranger = ec.generate_private_key(ec.SECP256R1())
    unknown = {"kid": "gone", "typ": "JWT"}
    for token in (
        jwt.encode(good, stranger, algorithm="ES256", headers=unknown),
        jwt.encode(claims | {"exp": "1"}, stranger, algorithm="ES256", headers=unknown),
        jwt.encode(claims, None, algorithm="none", headers=unknown),
        jwt.encode(claims, "a secret that is long enough for HS256", algorithm="HS256", headers=unknown),
        jwt.encode(claims, stranger, algorithm="ES256", headers=unknown | {"typ": "at+jwt"}),
        jwt.encode(claims, stranger, algorithm="ES256"),
        jwt.encode(claims | {"iss": "https://evil.example"}, stranger, algorithm="ES256", headers=unknown),
        jwt.encode({"iss": claims["iss"], "exp": claims["exp"]}, stranger, algorithm="ES256", headers=unknown),
    ):
        answer = leave(browser, id_token_hint=token, post_logout_redirect_uri=BYE)
        assert (answer.status_code, BAD_HINT in answer.text) == (400, True), token
    odd = jwt.encode(claims, stranger, algorithm="ES256", headers=unknown)
    assert BAD_CLIENT in leave(browser, id_token_hint=odd, client_id="nobody").text
    assert is_signed_in(browser, shop)


def test_what_others_made_is_no_hint(provider: Provider, browser: Browser, shop: Client) -> None:
    """No signature, a stranger's one under our key's name, another issuer, another kind of token of ours: a page, no redirect (4)."""
    hint = provider.grant(shop, browser)["id_token"]
    header = jwt.get_unverified_header(hint)
    claims = jwt.decode(hint, options={"verify_signature": False})
    stranger = ec.generate_private_key(ec.SECP256R1())
    with provider.working():
        ours = {
            "another issuer": keys.sign(claims | {"iss": "https://evil.example"}, "RS256"),
            "another type": keys.sign(claims, "RS256", typ="logout+jwt"),
            "no expiry": keys.sign({name: claims[name] for name in claims if name != "exp"}, "RS256"),
            "no audience": keys.sign({name: claims[name] for name in claims if name != "aud"}, "RS256"),
        }
    head, body, _signature = jwt.encode(claims, None, algorithm="none", headers=header | {"alg": "none"}).split(".")
    forged = {
        "unsigned": f"{head}.{body}.",
        "half": f"{head}.{body}",
        "foreign": jwt.encode(claims, stranger, algorithm="ES256", headers={"kid": header["kid"], "typ": "JWT"}),
        "five parts": f"{hint}.a.b",
    }
    for name, token in (ours | forged).items():
        answer = leave(browser, id_token_hint=token, post_logout_redirect_uri=BYE, state="s")
        assert (answer.status_code, "Location" in answer.headers) == (400, False), name
        assert BAD_HINT in answer.text, name
    assert is_signed_in(browser, shop)


@pytest.mark.parametrize("by_post", [False, True])
def test_the_state_comes_back_verbatim(provider: Provider, browser: Browser, shop: Client, by_post: bool) -> None:
    """Any state, however long or odd, comes back as it was sent, by either method; nothing else is added (3)."""
    assert len(ODD) == 128
    hint = provider.grant(shop, browser)["id_token"]
    values = {"id_token_hint": hint, "post_logout_redirect_uri": BYE, "state": ODD}
    answer = leave(browser, **values)
    if by_post:
        answer = browser.get(browser.http.post("/oauth/logout", data=values).location)
    assert parse_qs(urlsplit(answer.location).query) == {"state": [ODD]}
    assert answer.location.startswith(f"{BYE}?state=")


def test_no_parameter_is_endless(provider: Provider, browser: Browser, shop: Client) -> None:
    """What is too long for an address is refused on a page, by either method; the longest that is taken comes back whole (2)."""
    hint = provider.grant(shop, browser)["id_token"]
    for name, longest in (("state", 4096), ("logout_hint", 4096), ("id_token_hint", 32_768)):
        values = {"id_token_hint": hint} | {name: "x" * (longest + 1)}
        for path in ("/oauth/logout", "/oauth/logout/confirm"):
            answer = browser.get(f"{path}?{urlencode(values)}")
            assert (answer.status_code, "too long" in answer.text) == (400, True), (path, name)
        posted = browser.http.post("/oauth/logout", data=values)
        assert (posted.status_code, "Location" in posted.headers) == (400, False), name
    assert is_signed_in(browser, shop)
    values = {"id_token_hint": hint, "post_logout_redirect_uri": BYE, "state": "x" * 4096}
    answer = browser.get(browser.http.post("/oauth/logout", data=values).location)
    assert answer.location == f"{BYE}?state={'x' * 4096}"


def test_the_state_survives_the_question(provider: Provider, browser: Browser, shop: Client) -> None:
    """Also where the person is asked first, the state comes back as it was sent (3)."""
    asked = leave(browser, client_id=shop.client_id, post_logout_redirect_uri=BYE, state=ODD)
    assert parse_qs(urlsplit(confirm(browser, asked, shop).location).query) == {"state": [ODD]}


def test_what_need_not_be_obeyed_is_tolerated(provider: Provider, browser: Browser, shop: Client) -> None:
    """`logout_hint`, `ui_locales`, empty and unknown parameters change nothing (2)."""
    hint = provider.grant(shop, browser)["id_token"]
    others = {"logout_hint": "bea@example.org", "ui_locales": "se fr", "client_id": "", "state": "", "extra": "x"}
    answer = leave(browser, id_token_hint=hint, post_logout_redirect_uri=BYE, **others)
    assert answer.location == BYE
    assert not is_signed_in(browser, shop)


@pytest.mark.parametrize("values", [{}, {"state": "s"}, {"logout_hint": "ann@example.org"}, {"ui_locales": "se"}])
def test_without_an_address_nobody_is_sent_anywhere(browser: Browser, shop: Client, values: dict[str, str]) -> None:
    """Without hint and address the person is asked, and ends at our own page, whatever state came along (2)."""
    assert confirm(browser, leave(browser, **values), shop).location == "/signed-out"
    assert "You are signed out" in browser.get("/signed-out").text


def test_after_the_sign_out_a_sign_in_is_needed(provider: Provider, browser: Browser, shop: Client) -> None:
    """`prompt=none` is answered with login_required, with its state, and the next request shows the sign-in page (Core, 3.1.2.6)."""
    hint = provider.grant(shop, browser)["id_token"]
    leave(browser, id_token_hint=hint)
    answer = browser.answer(shop, prompt="none", id_token_hint=hint)
    assert (answer["error"], answer["state"]) == ("login_required", "a state & more")
    assert browser.authorize(shop).location.startswith("/signin")


def test_a_hint_of_an_earlier_session_asks(provider: Provider, ann: Person, browser: Browser, shop: Client) -> None:
    """After a sign-out and a new sign-in at the same browser the old hint names another session: the person is asked (2)."""
    hint = provider.grant(shop, browser)["id_token"]
    browser.sign_out()
    browser.enter(ann)
    asked = leave(browser, id_token_hint=hint, post_logout_redirect_uri=BYE)
    assert confirm(browser, asked, shop).location == BYE


def test_an_idle_session_is_signed_out_already(provider: Provider, browser: Browser, shop: Client) -> None:
    """Who was away for too long goes on to the client at once (2)."""
    hint = provider.grant(shop, browser)["id_token"]
    with clock.moved(timedelta(hours=2)):
        assert leave(browser, id_token_hint=hint, post_logout_redirect_uri=BYE, state="s").location == f"{BYE}?state=s"


def test_repeated_parameters_do_no_harm(app: Flask, browser: Browser, shop: Client) -> None:
    """Of a parameter sent twice the first is checked and used alone."""
    query = urlencode([("client_id", shop.client_id), ("post_logout_redirect_uri", BYE)])
    evil = urlencode({"post_logout_redirect_uri": "https://evil.example/"})
    asked = browser.get(f"/oauth/logout?{query}&{evil}")
    assert "evil" not in asked.location
    answer = browser.get(f"/oauth/logout?{evil}&{query}")
    assert answer.status_code == 400
