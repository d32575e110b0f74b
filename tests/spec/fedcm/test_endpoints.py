"""The addresses that browsers call (Federated Credential Management, 3.1 to 3.6): to whom they answer, and what pages learn of it."""

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts import lookup
from idp.base.database import session
from idp.fedcm import cookie
from idp.oauth import consents
from idp.oauth.models import Grant
from tests.factories import CSRF, Browser, Person, Provider
from tests.spec.fedcm.browsing import ITSELF, ORIGIN, Asking, arrive

ADDRESSES = ("/.well-known/web-identity", "/fedcm/config.json", "/fedcm/accounts", "/fedcm/client", "/fedcm/sign-in")
FORMS = ("/fedcm/assertion", "/fedcm/disconnect")


@pytest.fixture
def asking(provider: Provider, ann: Person) -> Asking:
    """Ann's browser on the page of a client."""
    return arrive(provider, ann)


def cookies_of(browser: Browser) -> set[str]:
    """Return the names of a browser's cookies."""
    return {name for _domain, _path, name in browser.http._cookies}


def test_nothing_while_off(provider: Provider, ann: Person) -> None:
    """While no client is switched to it, or each that is is disabled, every address is 404, and sign-in and sign-out say nothing."""
    provider.client()
    for is_there in (False, True):
        if is_there:
            provider.disable(provider.client(fedcm_enabled=True))
        browser = provider.browser()
        signed_in = browser.sign_in("/signin", ann)
        assert signed_in.status_code == 303
        assert "Set-Login" not in signed_in.headers
        assert not any("fedcm" in name for name in cookies_of(browser))
        for path in ADDRESSES:
            assert browser.http.get(path, headers=ITSELF).status_code == 404, path
        for path in FORMS:
            assert browser.http.post(path, headers=ITSELF).status_code == 404, path
        assert "Set-Login" not in browser.submit("/signout").headers


def test_what_is_published(asking: Asking) -> None:
    """The well-known file names one configuration and both addresses that must not differ; the configuration names the rest."""
    issuer = asking.provider.issuer
    found = asking.get("/.well-known/web-identity")
    assert found.mimetype == "application/json"
    assert found.json == {
        "provider_urls": [f"{issuer}/fedcm/config.json"],
        "accounts_endpoint": f"{issuer}/fedcm/accounts",
        "login_url": f"{issuer}/fedcm/sign-in",
    }
    config = asking.get("/fedcm/config.json").json
    assert {name: config[name] for name in ("accounts_endpoint", "login_url")} == {
        name: found.json[name] for name in ("accounts_endpoint", "login_url")
    }
    assert config["id_assertion_endpoint"] == f"{issuer}/fedcm/assertion"
    assert config["client_metadata_endpoint"] == f"{issuer}/fedcm/client"
    assert config["disconnect_endpoint"] == f"{issuer}/fedcm/disconnect"


@pytest.mark.parametrize("dest", ["", "empty", "document", "iframe", "webidentity2"])
def test_only_browsers_themselves(asking: Asking, dest: str) -> None:
    """Whoever is not the browser itself, as the header says that no script can send, gets an empty 403."""
    for path in ADDRESSES[:-1]:
        refused = asking.get(path, **{"Sec-Fetch-Dest": dest})
        assert (refused.status_code, refused.data) == (403, b"")
    for path in FORMS:
        refused = asking.post(path, dest=dest, client_id=asking.client.client_id)
        assert (refused.status_code, refused.data) == (403, b"")
        assert "Access-Control-Allow-Origin" not in refused.headers


@pytest.mark.parametrize(
    "origin",
    [None, "null", "https://evil.example", "http://rp.example", "https://rp.example:444", "https://rp.example/"],
)
def test_only_the_clients_pages(asking: Asking, origin: str | None) -> None:
    """A page at any other origin than that of a redirect URI gets nothing, can read nothing, and has changed nothing (3.5)."""
    for refused in (
        asking.ask(origin),
        asking.post("/fedcm/disconnect", origin, client_id=asking.client.client_id, account_hint="x"),
    ):
        assert (refused.status_code, refused.data) == (403, b"")
        assert "Access-Control-Allow-Origin" not in refused.headers
    with asking.provider.working():
        assert session().scalars(select(Grant)).all() == []


def test_only_switched_clients(asking: Asking) -> None:
    """A client that is not switched to it is no client here, and neither is one that is disabled."""
    other = asking.provider.client()
    assert asking.ask(client_id=other.client_id).status_code == 403
    assert asking.get(f"/fedcm/client?client_id={other.client_id}").status_code == 404
    spare = asking.provider.client(fedcm_enabled=True)
    asking.provider.disable(spare)
    assert asking.ask(client_id=spare.client_id).status_code == 403


def test_accounts(asking: Asking, ann: Person) -> None:
    """The browser is told who is signed in and which clients they have allowed all of it; no page reads the answer (3.3)."""
    (told,) = asking.accounts().json["accounts"]
    assert (told["id"], told["email"], told["approved_clients"]) == (ann.sub, ann.email, [])
    assert ann.email in told["login_hints"]
    assert "Access-Control-Allow-Origin" not in asking.accounts().headers
    assert asking.get("/fedcm/accounts", ORIGIN).status_code == 403
    asking.token(fields="email", disclosure_shown_for="email")
    assert asking.accounts().json["accounts"][0]["approved_clients"] == []
    asking.token()
    assert asking.accounts().json["accounts"][0]["approved_clients"] == [asking.client.client_id]


def test_what_a_client_says(provider: Provider, ann: Person) -> None:
    """A client's addresses are told, and of a page in a frame whether the one around it is the client's (3.4)."""
    pages = {"policy_uri": "https://rp.example/privacy", "tos_uri": "https://rp.example/terms"}
    asking = arrive(provider, ann, **pages)
    path = f"/fedcm/client?client_id={asking.client.client_id}"
    told = asking.get(path, ORIGIN)
    assert told.json == {"privacy_policy_url": pages["policy_uri"], "terms_of_service_url": pages["tos_uri"]}
    assert asking.get(f"{path}&top_frame_origin={ORIGIN}").json["client_matches_top_frame_origin"] is True
    assert asking.get(f"{path}&top_frame_origin=https://evil.example").json["client_matches_top_frame_origin"] is False
    assert asking.get(path, "https://evil.example").status_code == 404
    assert asking.get("/fedcm/client").status_code == 404


def test_the_cookie(provider: Provider, ann: Person) -> None:
    """Sign-in gives the cookie and says so, sign-out takes it and says so; other sites send it along, and no script reads it."""
    provider.client(fedcm_enabled=True)
    browser = provider.browser()
    answer = browser.sign_in("/signin", ann)
    assert answer.headers["Set-Login"] == "logged-in"
    (line,) = [line for line in answer.headers.getlist("Set-Cookie") if "fedcm" in line]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=None"} <= set(line.split("; "))
    assert "Max-Age" not in line
    answer = browser.submit("/signout")
    assert answer.headers["Set-Login"] == "logged-out"
    assert not any("fedcm" in name for name in cookies_of(browser))


def test_it_opens_nothing_else(asking: Asking) -> None:
    """With that cookie alone nobody is signed in at a page of ours, and what it holds is no session's secret."""
    value = asking.browser.http.get_cookie("idp_fedcm").decoded_value
    stranger = asking.provider.browser()
    stranger.http.set_cookie("idp_fedcm", value)
    assert stranger.get("/account").status_code == 303
    assert stranger.get("/fedcm/sign-in").status_code == 303
    with asking.provider.working():
        digest = cookie.open_value(value)
    assert digest is not None
    with stranger.http.session_transaction() as session_cookie:
        session_cookie["_user_id"] = digest.hex()
    assert stranger.get("/account").status_code == 303


@pytest.mark.parametrize("end", ["sign out", "renewed", "disabled", "epoch", "garbage", "none"])
def test_it_ends_with_the_session(asking: Asking, end: str) -> None:
    """Once the session has ended or has a new secret, or the account is disabled or of a later epoch, it is worth nothing: 401."""
    value = asking.browser.http.get_cookie("idp_fedcm").decoded_value
    with asking.provider.working():
        account = lookup.lock(asking.person.id)
        assert account is not None
        if end == "disabled":
            from idp.base import clock

            account.disabled_at = clock.now()
        elif end == "epoch":
            account.token_epoch += 1
    if end == "sign out":
        asking.browser.sign_out()
    elif end == "renewed":
        token = CSRF.search(asking.browser.get("/account/sessions").text)
        assert token is not None
        asking.browser.http.post("/account/sessions/end-others", data={"csrf_token": token[1]})
        assert asking.accounts().status_code == 200
    copy = asking.provider.browser()
    if end != "none":
        copy.http.set_cookie("idp_fedcm", "A" * 80 if end == "garbage" else value)
    asking.browser = copy
    refused = asking.accounts()
    assert (refused.status_code, refused.json) == (401, {"error": {"code": "login_required"}})
    refused = asking.ask()
    assert (refused.status_code, refused.json["error"]["code"]) == (401, "login_required")


def test_disconnect(asking: Asking) -> None:
    """An app forgets somebody: consent and grants end at its wish (3.6), whichever way it names them."""
    for hint in (asking.person.sub, asking.person.email):
        asking.token()
        done = asking.post("/fedcm/disconnect", client_id=asking.client.client_id, account_hint=hint)
        assert done.json == {"account_id": asking.person.sub}
        assert done.headers["Access-Control-Allow-Origin"] == ORIGIN
        with asking.provider.working():
            assert consents.find(asking.person.id, asking.client.client_id) is None
            assert all(grant.revoked_at is not None for grant in session().scalars(select(Grant)))
    assert asking.goes_on(disclosure_text_shown="false")


def test_what_disconnect_does_not_tell(asking: Asking) -> None:
    """A page that was never let in learns nothing by guessing who is here: every answer is the same."""
    answers = {
        asking.post("/fedcm/disconnect", client_id=asking.client.client_id, account_hint=hint).data
        for hint in (asking.person.email, asking.person.sub, "bea@example.org")
    }
    assert len(answers) == 1
    asking.token()
    wrong = asking.post("/fedcm/disconnect", client_id=asking.client.client_id, account_hint="bea@example.org")
    assert wrong.status_code == 400
    assert asking.token(disclosure_text_shown="false")
    assert (
        asking.post("/fedcm/disconnect", client_id=asking.client.client_id).json["error"]["code"] == "invalid_request"
    )


def test_registration_rules(app: Flask) -> None:
    """A client whose requests are pushed or signed, or that gets no ID token, cannot be switched to it."""
    from idp.clients.metadata import Metadata, check

    base = {"client_name": "Shop", "redirect_uris": ["https://rp.example/cb"], "fedcm_enabled": True}
    with app.app_context():
        assert check(Metadata(**base)) is None
        for more in ({"scope": "email"}, {"require_pushed_authorization_requests": True}):
            refused = check(Metadata(**base, **more))
            assert refused is not None
            assert refused.field == "fedcm_enabled"
