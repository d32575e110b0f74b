"""How long document 2's tokens live, and what ends them; in this process, whose clock can be moved."""

from datetime import timedelta
from typing import Any

import pytest

from idp import sessions
from idp.accounts import credentials
from idp.base import clock
from idp.contracts.provider.speech import Speech
from idp.oauth import consents
from tests.factories import PASSWORD, VERIFIER, Client, Person, Provider, challenge

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BARE = {"redirect_uri": None, "scope": None, "code_challenge": None, "code_challenge_method": None}


@pytest.fixture
def client(provider: Provider) -> Client:
    """A client of the dialect."""
    return provider.client(dialect="provider", require_pkce=False)


@pytest.fixture
def ann(provider: Provider) -> Person:
    """Somebody with a username."""
    return provider.person(username="ann")


def tokens(provider: Provider, client: Client, person: Person) -> dict[str, Any]:
    """Walk the whole way with nothing that may be left out."""
    code = provider.browser(person).answer(client, **BARE)["code"]
    answer = provider.redeem(client, code, redirect_uri=None, code_verifier=None)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def test_access_tokens_live_ten_minutes(provider: Provider, client: Client, ann: Person) -> None:
    """An access token works for ten minutes, and refuses from then on."""
    token = tokens(provider, client, ann)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert provider.http.get("/user/info?username=ann", headers=headers).status_code == 200
    with clock.moved(10 * MINUTE + timedelta(seconds=1)):
        assert provider.http.get("/user/info?username=ann", headers=headers).status_code == 401


def test_lifetimes_are_settings(provider: Provider, client: Client, ann: Person) -> None:
    """The lifetimes of access and refresh tokens are those of the settings."""
    settings = provider.app.extensions["idp.settings"]
    settings.provider_access_minutes, settings.provider_refresh_days = 3, 60
    answer = tokens(provider, client, ann)
    assert answer["expires_in"] == 180
    with clock.moved(59 * DAY):
        assert provider.refresh(client, answer["refresh_token"]).status_code == 200
    with clock.moved(61 * DAY):
        assert provider.refresh(client, answer["refresh_token"]).status_code == 400


def test_refresh_tokens_live_thirty_days(provider: Provider, client: Client, ann: Person) -> None:
    """A refresh token works for thirty days, however often it is used, long after the browser session has ended."""
    token = tokens(provider, client, ann)["refresh_token"]
    for days in (1, 15, 29):
        with clock.moved(days * DAY):
            answer = provider.refresh(client, token)
            assert (answer.status_code, answer.json["success"]) == (200, True)
            assert "refresh_token" not in answer.json
    with clock.moved(30 * DAY + 2 * MINUTE):
        answer = provider.refresh(client, token)
        assert (answer.status_code, answer.json["error"], answer.json["success"]) == (400, "invalid_grant", False)


def test_signing_out_does_not_end_it(provider: Provider, client: Client, ann: Person) -> None:
    """The end of the browser session leaves the refresh token as it is."""
    browser = provider.browser(ann)
    code = browser.answer(client, **BARE)["code"]
    token = provider.redeem(client, code, redirect_uri=None, code_verifier=None).json["refresh_token"]
    browser.sign_out()
    assert provider.refresh(client, token).status_code == 200


@pytest.mark.parametrize("event", ["password", "revocation", "withdrawal", "disabled client", "disabled account"])
def test_what_ends_it(provider: Provider, client: Client, ann: Person, event: str) -> None:
    """A change of password, revocation, a withdrawn consent, and a disabled client or account end both tokens at once."""
    answer = tokens(provider, client, ann)
    _do(provider, client, ann, event, answer["refresh_token"])
    refused = provider.refresh(client, answer["refresh_token"])
    expected = (401, "invalid_client") if event == "disabled client" else (400, "invalid_grant")
    assert (refused.status_code, refused.json["error"]) == expected
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    assert provider.http.get("/user/info?username=ann", headers=headers).status_code == 401


def test_a_challenge_that_was_sent_is_enforced(provider: Provider, client: Client, ann: Person) -> None:
    """With a challenge the verifier has to be right; without one a verifier is refused (RFC 9700, section 4.8)."""
    browser = provider.browser(ann)
    sent = BARE | {"code_challenge": challenge(), "code_challenge_method": "S256"}
    for verifier, status in ((None, 400), ("x" * 50, 400), (VERIFIER, 200)):
        code = browser.answer(client, **sent)["code"]
        assert provider.redeem(client, code, redirect_uri=None, code_verifier=verifier).status_code == status
    code = browser.answer(client, **BARE)["code"]
    refused = provider.redeem(client, code, redirect_uri=None, code_verifier=VERIFIER)
    assert (refused.status_code, refused.json["success"]) == (400, False)
    plain = browser.answer(client, **(sent | {"code_challenge_method": "plain"}))
    assert plain["error"] == "invalid_request"


def test_two_redirect_uris_have_to_be_named(provider: Provider, ann: Person) -> None:
    """Where an administrator has added a second redirect URI, the request has to say which."""
    client = provider.client(
        dialect="provider", require_pkce=False, redirect_uris=["https://a.example/x", "https://b.example/x"]
    )
    browser = provider.browser(ann)
    assert browser.authorize(client, **BARE).status_code == 400
    assert "code" in browser.answer(client, **(BARE | {"redirect_uri": client.redirect_uri}))


def test_a_narrowed_client_gets_what_it_may_have(provider: Provider, ann: Person) -> None:
    """Where no scope is named, a client gets of the usual ones those that it is registered for."""
    client = provider.client(dialect="provider", require_pkce=False, scope="openid email")
    assert tokens(provider, client, ann)["scope"] == "openid email"


def test_others_do_not_speak_it(provider: Provider, client: Client, ann: Person) -> None:
    """A client that was made otherwise has to name everything, use the standard's words, and gets the standard's answers."""
    other = provider.client(require_pkce=False)
    browser = provider.browser(ann)
    assert browser.authorize(other, **BARE).status_code == 400
    lacking = BARE | {"redirect_uri": other.redirect_uri}
    assert browser.answer(other, **lacking)["error"] == "invalid_scope"
    code = browser.answer(other, **(lacking | {"scope": "openid"}))["code"]
    refused = provider.token(other, grant_type="authorization_code", authorization_code=code)
    assert (refused.status_code, refused.json.keys()) == (400, {"error", "error_description"})
    assert provider.redeem(other, code, redirect_uri=None, code_verifier=None).status_code == 400
    code = browser.answer(other, **(lacking | {"scope": "openid"}))["code"]
    answer = provider.redeem(other, code, code_verifier=None)
    assert answer.json.keys() == {"access_token", "token_type", "expires_in", "scope", "id_token"}


def test_the_dialect_reads_and_writes() -> None:
    """The standard's `code` wins over the document's word; errors are marked."""
    speech = Speech()
    assert speech.read({"authorization_code": "a"})["code"] == "a"
    assert speech.read({"authorization_code": "a", "code": "b"})["code"] == "b"
    assert speech.write_error({"error": "invalid_grant"}) == {"success": False, "error": "invalid_grant"}


def _do(provider: Provider, client: Client, ann: Person, event: str, refresh_token: str) -> None:
    match event:
        case "password":
            with provider.account(ann) as account:
                assert credentials.change_password(account, PASSWORD, "quite another pass phrase", source="") is None
        case "revocation":
            assert provider.revoke(client, refresh_token).status_code == 200
        case "withdrawal":
            with provider.working():
                consents.withdraw(ann.id, client.client_id, subject=ann.sub, source="")
        case "disabled client":
            provider.disable(client)
        case "disabled account":
            with provider.account(ann) as account:
                account.disabled_at = clock.now()
                sessions.end_all(ann.id, why=sessions.Ending(ann.sub, "test"))
