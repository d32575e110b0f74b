"""OAuth 2.0 Multiple Response Types 1.0; OpenID Connect Core 1.0, sections 3.2 and 3.3: with IDP_LEGACY_RESPONSE_TYPES."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from idp import outbox
from idp.base import database
from idp.clients.metadata import LEGACY_RESPONSE_TYPES, Metadata, check
from idp.config import Settings
from idp.oauth.models import Grant, RefreshToken
from tests.factories import CSRF, Browser, Client, Person, Provider, parameters

EVERYTHING = ["code", *LEGACY_RESPONSE_TYPES]
WITH_ID_TOKEN = [response_type for response_type in LEGACY_RESPONSE_TYPES if "id_token" in response_type]
WITH_CODE = [response_type for response_type in LEGACY_RESPONSE_TYPES if "code" in response_type]
WITH_TOKEN = [response_type for response_type in LEGACY_RESPONSE_TYPES if response_type.endswith(" token")]
GRANTS = ["authorization_code", "implicit", "refresh_token"]
DETAILS = {"given_name": "Ann", "family_name": "Abel", "username": "ann"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The server with the legacy response types."""
    return settings.model_copy(update={"legacy_response_types": True})


@pytest.fixture
def old(provider: Provider) -> Client:
    """A relying party of the old kind, registered for everything."""
    return provider.client(grant_types=GRANTS, response_types=EVERYTHING, first_party=True)


def ask(browser: Browser, client: Client, response_type: str, **changes: Any) -> dict[str, str]:
    """Return what the client gets; the request has a nonce."""
    return browser.answer(client, **({"response_type": response_type, "nonce": "n-1"} | changes))


def half(text: str, algorithm: str = "sha256") -> str:
    """Return the left half of a digest, as at_hash and c_hash have it."""
    digest = hashlib.new(algorithm, text.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


@pytest.mark.parametrize("response_type", LEGACY_RESPONSE_TYPES)
def test_each_response_type_brings_what_it_names(
    provider: Provider, browser: Browser, ann: Person, old: Client, response_type: str
) -> None:
    """An answer has what its type names, and its ID token the hashes of that (Core, 3.2.2.5, 3.3.2.5 and 3.3.2.11)."""
    answer = ask(browser, old, response_type)
    expected = {"state", "iss"}
    expected |= {"code"} if "code" in response_type else set()
    expected |= {"id_token"} if "id_token" in response_type else set()
    has_token = response_type.endswith(" token")
    expected |= {"access_token", "token_type", "expires_in", "scope"} if has_token else set()
    assert set(answer) == expected
    assert answer["state"] == "a state & more"
    if has_token:
        assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", "600", "openid")
        assert provider.userinfo(answer["access_token"]).json == {"sub": ann.sub}
    if "id_token" in response_type:
        claims = provider.verify(answer["id_token"], old.client_id)
        assert (claims["sub"], claims["nonce"], claims["sid"]) == (ann.sub, "n-1", browser.sid)
        assert claims.get("at_hash") == (half(answer["access_token"]) if has_token else None)
        assert claims.get("c_hash") == (half(answer["code"]) if "code" in answer else None)


@pytest.mark.parametrize("words", ["id_token token code", "token id_token", "token  code"])
def test_the_order_of_words_does_not_matter(browser: Browser, old: Client, words: str) -> None:
    """A response type is a set of words (Multiple Response Types, 3)."""
    assert "access_token" in ask(browser, old, words)


def test_answers_travel_in_the_fragment(browser: Browser, old: Client) -> None:
    """Without a response mode nothing stands in the query, and no Referer carries it on (Multiple Response Types, 5)."""
    for response_type in LEGACY_RESPONSE_TYPES:
        response = browser.authorize(old, response_type=response_type, nonce="n")
        assert urlsplit(response.location).query == ""
        assert urlsplit(response.location).fragment
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"


def test_errors_travel_in_the_fragment_too(provider: Provider, old: Client) -> None:
    """The error of a request for these types goes where the answer would have gone (Core, 3.2.2.6 and 3.3.2.6)."""
    for response_type in LEGACY_RESPONSE_TYPES:
        response = provider.browser().authorize(old, response_type=response_type, nonce="n", prompt="none")
        assert urlsplit(response.location).query == ""
        got = parameters(response, old)
        assert (got["error"], got["iss"], got["state"]) == ("login_required", provider.issuer, "a state & more")


def test_a_query_is_refused(browser: Browser, old: Client) -> None:
    """No token ever stands in a query (Multiple Response Types, 3)."""
    for response_type in LEGACY_RESPONSE_TYPES:
        response = browser.authorize(old, response_type=response_type, nonce="n", response_mode="query")
        assert urlsplit(response.location).query == ""
        assert parameters(response, old)["error"] == "invalid_request"


@pytest.mark.parametrize("response_type", LEGACY_RESPONSE_TYPES)
def test_form_post_carries_them(provider: Provider, browser: Browser, old: Client, response_type: str) -> None:
    """These answers travel by form_post where that is asked for (Form Post Response Mode, 2)."""
    response = browser.authorize(old, response_type=response_type, nonce="n", response_mode="form_post")
    assert response.status_code == 200
    got = parameters(response, old)
    assert {"code", "access_token", "id_token"} & got.keys()
    assert got["iss"] == provider.issuer


@pytest.mark.parametrize("response_type", WITH_ID_TOKEN)
def test_a_nonce_is_demanded(browser: Browser, old: Client, response_type: str) -> None:
    """An ID token from the browser has a nonce, or there is none (Core, 3.2.2.1 and 3.3.2.11)."""
    assert ask(browser, old, response_type, nonce=None)["error"] == "invalid_request"


def test_code_token_needs_no_nonce(provider: Provider, browser: Browser, old: Client) -> None:
    """Where no ID token comes from the browser, the nonce is optional (Core, 3.3.2.1)."""
    answer = ask(browser, old, "code token", nonce=None)
    tokens = provider.redeem(old, answer["code"]).json
    assert "nonce" not in provider.verify(tokens["id_token"], old.client_id)


@pytest.mark.parametrize("response_type", WITH_ID_TOKEN)
def test_an_id_token_needs_the_scope(browser: Browser, old: Client, response_type: str) -> None:
    """Without the scope openid there is no ID token to ask for (Core, 3.2.2.1)."""
    assert ask(browser, old, response_type, scope="profile")["error"] == "invalid_scope"


def test_code_token_is_plain_oauth_too(provider: Provider, browser: Browser, old: Client) -> None:
    """`code token` without openid brings tokens and no ID token (Multiple Response Types, 5)."""
    answer = ask(browser, old, "code token", scope="profile", nonce=None)
    assert "id_token" not in provider.redeem(old, answer["code"]).json


def test_token_alone_is_not_offered(provider: Provider, browser: Browser, old: Client) -> None:
    """An access token without anything that binds it to the client is never issued (RFC 9700, section 2.1.2)."""
    assert ask(browser, old, "token")["error"] == "unsupported_response_type"
    with provider.working():
        refused = check(Metadata("Old", redirect_uris=["https://a.example/"], response_types=["token"]))
    assert refused is not None
    assert refused.field == "response_types"


def test_claims_of_the_scopes(provider: Provider, old: Client) -> None:
    """Only where no access token is issued at all do the scopes' claims stand in the ID token (Core, 5.4)."""
    person = provider.person("bea@example.org", **DETAILS)
    browser = provider.browser(person)
    alone = provider.verify(ask(browser, old, "id_token", scope="openid profile email")["id_token"], old.client_id)
    assert (alone["name"], alone["email"], alone["email_verified"]) == ("Ann Abel", "bea@example.org", True)
    for response_type in WITH_ID_TOKEN[1:]:
        answer = ask(browser, old, response_type, scope="openid profile email")
        assert not {"name", "email"} & provider.verify(answer["id_token"], old.client_id).keys()


def test_single_claims_in_the_id_token(provider: Provider, old: Client) -> None:
    """What the claims parameter asks of the ID token is told in the one from the browser (Core, 5.5)."""
    browser = provider.browser(provider.person("bea@example.org", **DETAILS))
    answer = ask(browser, old, "code id_token", claims='{"id_token": {"given_name": null}}')
    assert provider.verify(answer["id_token"], old.client_id)["given_name"] == "Ann"


@pytest.mark.parametrize("response_type", WITH_CODE)
def test_the_token_endpoint_tells_the_same(
    provider: Provider, browser: Browser, old: Client, response_type: str
) -> None:
    """The code's own ID token is about the same person, from the same issuer, with the same nonce (Core, 3.3.3.6)."""
    answer = ask(browser, old, response_type)
    tokens = provider.redeem(old, answer["code"]).json
    later = provider.verify(tokens["id_token"], old.client_id)
    assert later["at_hash"] == half(tokens["access_token"])
    assert later["nonce"] == "n-1"
    if "id_token" in answer:
        first = provider.verify(answer["id_token"], old.client_id)
        kept = ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid", "nonce")
        assert {name: first[name] for name in kept} == {name: later[name] for name in kept}


@pytest.mark.parametrize("response_type", WITH_CODE)
def test_a_code_used_twice_ends_everything(
    provider: Provider, browser: Browser, old: Client, response_type: str
) -> None:
    """Tokens from the browser end with those of the code when that is used twice (RFC 6749, section 4.1.2; Core, 3.3.3)."""
    answer = ask(browser, old, response_type)
    later = provider.redeem(old, answer["code"]).json["access_token"]
    assert provider.redeem(old, answer["code"]).json["error"] == "invalid_grant"
    ended = [later] + ([answer["access_token"]] if "access_token" in answer else [])
    assert {provider.userinfo(token).status_code for token in ended} == {401}


def test_hybrid_with_pkce(provider: Provider, browser: Browser, old: Client) -> None:
    """A code of the hybrid flow is bound to its verifier (RFC 7636, section 4.6)."""
    answer = ask(browser, old, "code id_token")
    refused = provider.redeem(old, answer["code"], code_verifier="another-verifier-which-is-long-enough-for-rfc-7636")
    assert refused.json["error"] == "invalid_grant"
    missing = ask(browser, old, "code id_token", code_challenge=None, code_challenge_method=None)
    assert missing["error"] == "invalid_request"


def test_a_public_client_without_pkce(provider: Provider, browser: Browser) -> None:
    """Where no code is issued there is nothing to bind: the implicit flow of a public client has no challenge (RFC 7636, section 1)."""
    spa = provider.client(public=True, grant_types=["implicit"], response_types=["id_token"], first_party=True)
    answer = ask(browser, spa, "id_token", code_challenge=None, code_challenge_method=None)
    assert "id_token" in answer


def test_one_grant_and_no_refresh_token(provider: Provider, browser: Browser, old: Client) -> None:
    """Each answer records one grant; none of the browser's tokens can be refreshed, and offline_access is ignored there (Core, 11)."""
    for number, response_type in enumerate(LEGACY_RESPONSE_TYPES, 1):
        answer = ask(browser, old, response_type, scope="openid offline_access")
        assert "refresh_token" not in answer
        with provider.working():
            rows = database.session().scalars(select(Grant).order_by(Grant.id)).all()
            assert len(rows) == number
            assert rows[-1].offline is ("code" in response_type)
            assert database.session().scalars(select(RefreshToken)).all() == []
    tokens = provider.redeem(old, ask(browser, old, "code token", scope="openid offline_access")["code"]).json
    assert provider.refresh(old, tokens["refresh_token"]).status_code == 200


def test_what_nobody_was_asked_is_not_allowed(provider: Provider, browser: Browser) -> None:
    """Consent to an implicit request does not bring offline access to a later code: the page did not show it (Core, 11)."""
    client = provider.client(grant_types=GRANTS, response_types=EVERYTHING)
    first = browser.authorize(client, response_type="id_token", nonce="n", scope="openid offline_access")
    assert "Stay connected" not in browser.get(first.location).text
    browser.follow(browser.submit(first.location, decision="allow"), client)
    assert browser.authorize(client, scope="openid offline_access").location.startswith("/consent?")
    again = browser.authorize(client, response_type="id_token", nonce="n", scope="openid offline_access")
    assert "id_token" in parameters(again, client)


@pytest.mark.parametrize("response_type", WITH_TOKEN)
def test_tokens_end_with_the_session(provider: Provider, browser: Browser, old: Client, response_type: str) -> None:
    """An access token from the browser is refused after sign-out, and after its revocation (RFC 7009, section 2.1)."""
    first, second = (ask(browser, old, response_type)["access_token"] for _ in range(2))
    assert provider.revoke(old, first).status_code == 200
    assert [provider.userinfo(token).status_code for token in (first, second)] == [401, 200]
    browser.sign_out()
    assert provider.userinfo(second).status_code == 401
    assert provider.introspect(old, second).json == {"active": False}


def test_a_client_asks_only_for_its_own(provider: Provider, browser: Browser) -> None:
    """A client that did not register a response type may not use it (Registration, section 2)."""
    client = provider.client(grant_types=GRANTS, response_types=["code", "token id_token"], first_party=True)
    assert ask(browser, client, "id_token")["error"] == "unauthorized_client"
    assert "id_token" in ask(browser, client, "id_token token")


def test_pairwise_subjects_and_other_algorithms(provider: Provider, browser: Browser, ann: Person) -> None:
    """Tokens from the browser name the person as the sector knows them, in the client's algorithm (Core, 8)."""
    client = provider.client(
        grant_types=GRANTS, response_types=EVERYTHING, first_party=True,
        subject_type="pairwise", id_token_signed_response_alg="EdDSA",
    )  # fmt: skip
    answer = ask(browser, client, "code id_token token")
    claims = provider.verify(answer["id_token"], client.client_id)
    assert claims["sub"] == provider.userinfo(answer["access_token"]).json["sub"] != ann.sub
    assert claims["c_hash"] == half(answer["code"], "sha512")


def test_apps_lists_them(provider: Provider, browser: Browser, old: Client) -> None:
    """Somebody sees which application holds tokens that came through the browser, and takes them away (Core, 16.2)."""
    token = ask(browser, old, "id_token token")["access_token"]
    assert old.metadata.client_name in browser.get("/account/apps").text
    csrf = CSRF.search(browser.get("/account/apps").text)
    assert csrf is not None
    browser.http.post(f"/account/apps/{old.client_id}/withdraw", data={"csrf_token": csrf[1]})
    assert provider.userinfo(token).status_code == 401


def test_a_sign_out_is_told(provider: Provider, browser: Browser) -> None:
    """A client that holds only an ID token from the browser is told of the sign-out like any other (Back-Channel Logout, 2.5)."""
    client = provider.client(
        grant_types=GRANTS, response_types=["id_token"], first_party=True,
        backchannel_logout_uri="https://rp.example/logout",
    )  # fmt: skip
    ask(browser, client, "id_token")
    browser.sign_out()
    with provider.working():
        assert [row.recipient for row in database.session().scalars(outbox.queue())] == [client.client_id]


def test_discovery_says_so(provider: Provider) -> None:
    """Discovery names the types and the grant that are on (Discovery, section 3)."""
    metadata = provider.http.get("/.well-known/openid-configuration").json
    assert metadata["response_types_supported"] == ["code", *LEGACY_RESPONSE_TYPES]
    assert {"authorization_code", "implicit"} <= set(metadata["grant_types_supported"])


@pytest.mark.parametrize("response_type", WITH_TOKEN)
def test_unknown_scopes_are_left_out(browser: Browser, old: Client, response_type: str) -> None:
    """The answer of the front channel says which scopes its token has, without those that nobody understands (RFC 6749, 4.2.2)."""
    assert ask(browser, old, response_type, scope="openid groups email")["scope"] == "openid email"
