"""Modules about signing out: RP-initiated, with every variant of its parameters, and back-channel notices."""

import secrets
from urllib.parse import parse_qsl, urlsplit

import jwt
from werkzeug.test import TestResponse

from idp import outbox
from idp.base import clock
from tests.spec.oidf import checks
from tests.spec.oidf.modules.prompts import SILENT_ERRORS
from tests.spec.oidf.modules.registry import module
from tests.spec.oidf.party import key, unsigned
from tests.spec.oidf.suite import AFTER_LOGOUT, Outcome, Suite

BAD_HINT = "The ID token hint is not one that this server issued to the application."
NAMELESS = "The application must name itself to be returned to after signing out."
BAD_ADDRESS = "The address to return to after signing out is not registered for the application."
LOGOUT = "oidcc-rp-initiated-logout"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@module(LOGOUT, f"{LOGOUT}-no-state")
def returned(suite: Suite) -> None:
    """oidcc-rp-initiated-logout and -no-state: one is sent back, with the state of 128 characters if there was one, and signed out."""
    first = log_in(suite)
    state = None if suite.module.endswith("no-state") else secrets.token_urlsafe(96)
    sent_back(ask(suite, id_token_hint=first.id_token, post_logout_redirect_uri=AFTER_LOGOUT, state=state), state)
    signed_out(suite)


REFUSED = {
    f"{LOGOUT}-bad-post-logout-redirect-uri": BAD_ADDRESS,
    f"{LOGOUT}-query-added-to-post-logout-redirect-uri": BAD_ADDRESS,
    f"{LOGOUT}-modified-id-token-hint": BAD_HINT,
    f"{LOGOUT}-bad-id-token-hint": BAD_HINT,
    f"{LOGOUT}-no-id-token-hint": NAMELESS,
}


@module(*REFUSED)
def refused(suite: Suite) -> None:
    """oidcc-rp-initiated-logout-bad-*, -query-added-to-*, -modified-*, -no-id-token-hint: a page says what is wrong."""
    first = log_in(suite)
    wrong: dict[str, str | None] = {
        "bad-post-logout-redirect-uri": f"{AFTER_LOGOUT}_{secrets.token_hex(4)}",
        "query-added-to-post-logout-redirect-uri": f"{AFTER_LOGOUT}?foo=bar",
        "modified-id-token-hint": unsigned(first.claims),
        "bad-id-token-hint": foreign(first),
        "no-id-token-hint": None,
    }
    variant = suite.module.removeprefix(f"{LOGOUT}-")
    member = "post_logout_redirect_uri" if "redirect" in variant else "id_token_hint"
    good = {"id_token_hint": first.id_token, "post_logout_redirect_uri": AFTER_LOGOUT, "state": "s"}
    suite.shown(ask(suite, **(good | {member: wrong[variant]})), REFUSED[suite.module])
    assert suite.log_in(prompt="none").claims["sub"] == first.claims["sub"]


@module(f"{LOGOUT}-no-params", f"{LOGOUT}-only-state")
def without_hint(suite: Suite) -> None:
    """oidcc-rp-initiated-logout-no-params and -only-state: the person is asked, and then told that nobody is signed in."""
    log_in(suite)
    page = suite.walk(ask(suite, state="s" if suite.module.endswith("state") else None), suite.browser)
    assert page.status_code == 200
    assert "Sign out?" in page.text
    goodbye(suite, suite.submit(page, suite.browser))


@module(f"{LOGOUT}-no-post-logout-redirect-uri")
def without_address(suite: Suite) -> None:
    """oidcc-rp-initiated-logout-no-post-logout-redirect-uri: our own page says that one is signed out."""
    first = log_in(suite)
    goodbye(suite, ask(suite, id_token_hint=first.id_token, state="s"))


@module("oidcc-backchannel-rp-initiated-logout")
def backchannel(suite: Suite) -> None:
    """oidcc-backchannel-rp-initiated-logout: the client is told by a good logout token alone, and the session has ended."""
    address = f"{suite.host.url}{suite.path}/backchannel_logout"
    first = log_in(suite, backchannel_logout_uri=address, backchannel_logout_session_required=True)
    sent_back(ask(suite, id_token_hint=first.id_token, post_logout_redirect_uri=AFTER_LOGOUT, state="s"), "s")
    with suite.provider.working():
        outbox.deliver_due(outbox.WEB)
    (form,) = suite.host.heard[f"{suite.path}/backchannel_logout"]
    assert form.keys() == {"logout_token"}
    token = checks.jws(suite, form["logout_token"])
    assert jwt.get_unverified_header(form["logout_token"])["typ"] == "logout+jwt"
    assert token["iss"] == suite.document["issuer"]
    assert token["aud"] in (suite.client.client_id, [suite.client.client_id])
    assert abs(token["iat"] - clock.timestamp()) < checks.MOST_SKEW
    assert token["jti"]
    assert token["events"] == {EVENT: {}}
    assert (token["sub"], token["sid"]) == (first.claims["sub"], first.claims["sid"])
    assert "nonce" not in token
    signed_out(suite)


def log_in(suite: Suite, **members: object) -> Outcome:
    """Register a client with an address to return to, and sign in."""
    suite.register(post_logout_redirect_uris=[AFTER_LOGOUT], **members)
    return suite.log_in()


def ask(suite: Suite, **values: str | None) -> TestResponse:
    """Send the browser to the end_session_endpoint."""
    query = {name: value for name, value in values.items() if value is not None}
    return suite.browser.get(suite.at("end_session_endpoint"), query_string=query)


def foreign(first: Outcome) -> str:
    """Return an ID token of the same claims, and apparently of the same key, that somebody else has signed."""
    header = jwt.get_unverified_header(first.id_token)
    return jwt.encode(first.claims, key(2).private, "RS256", headers=header)


def sent_back(response: TestResponse, state: str | None) -> None:
    """The browser is sent to the registered address, with the state alone."""
    assert response.status_code == 303
    assert response.location.startswith(AFTER_LOGOUT)
    found = parse_qsl(urlsplit(response.location).query, strict_parsing=state is not None)
    assert found == ([("state", state)] if state is not None else [])


def goodbye(suite: Suite, response: TestResponse) -> None:
    """The page that says so is shown, and the session has ended."""
    page = suite.walk(response, suite.browser)
    assert page.status_code == 200
    assert page.request.path == "/signed-out"
    assert "You are signed out" in page.text
    signed_out(suite)


def signed_out(suite: Suite) -> None:
    """With prompt=none nobody is there any more."""
    asked = suite.request(prompt="none")
    suite.refused(suite.open(asked), asked, *SILENT_ERRORS)
