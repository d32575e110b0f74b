"""Authorization and sign-out requests that nobody thought of: whatever a browser brings is answered, and leads nowhere unregistered."""

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from idp.clients.metadata import LEGACY_RESPONSE_TYPES
from tests.factories import CALLBACK, CSRF, Browser, challenge, parameters, request
from tests.generated.judging import judge
from tests.generated.stage import (
    APP_CALLBACK,
    EVERY_SCOPE,
    FETCHED,
    LOOPBACK_CALLBACK,
    OTHER_CALLBACK,
    SIGNED_OUT,
    Stage,
)
from tests.generated.texts import MANNERS, Pairs, changed, examples, pairs, values, written

CLIENTS = ("generated-shop", "generated-phone", "generated-reader", "generated-keyed", "unknown")
HINTS = ("@id_token", "@access_token", "@logout_token", "@userinfo", "@assertion", "@request_object")
CLAIMS = (
    '{"id_token":{"acr":{"essential":true,"values":["2"]}}}', '{"id_token":{"sub":{"value":1}}}', '{"userinfo":{"email":null}}',
    '{"userinfo":{"email":{"essential":"yes"}},"id_token":null}',
    '{"id_token":{"acr":{"values":{}}}}', '{"id_token":{"acr":{"value":"\\u0000"}}}',
    '{"id_token":{"auth_time":{"essential":true}},"userinfo":{"\\ud800":null}}',
    "[" * 4000, '{"userinfo":' * 1000, '{"userinfo":{"a":NaN}}',
)  # fmt: skip
KNOWN = {
    "client_id": CLIENTS,
    "response_type": ("code", *LEGACY_RESPONSE_TYPES, "id_token code", "token", "none", "code code"),
    "redirect_uri": (CALLBACK, OTHER_CALLBACK, APP_CALLBACK, LOOPBACK_CALLBACK, "http://127.0.0.1:99999/callback", f"{CALLBACK}?a=b",
                     f"{CALLBACK}#f", "https://rp.example:443/callback", "https://[::1", "http://127.0.0.1:\u0661/callback"),
    "scope": ("openid", EVERY_SCOPE, "openid openid", "profile", "openid unknown", "openid\temail"),
    "state": ("a state & more", "\u2603", '"\'<>&'),
    "nonce": ("a nonce",),
    "prompt": ("none", "login", "consent", "select_account", "create", "none login", "login consent", "unknown"),
    "max_age": ("0", "1", "86400", "999999999"),
    "login_hint": ("ann@example.org",),
    "ui_locales": ("de en", "x-klingon", "en-\0"),
    "claims_locales": ("de",),
    "acr_values": ("1", "2", "2 1", "phr"),
    "id_token_hint": HINTS,
    "code_challenge": (challenge(), challenge()[:-1]),
    "code_challenge_method": ("S256", "plain"),
    "response_mode": ("query", "fragment", "form_post", "jwt"),
    "display": ("page", "wap"),
    "request": ("@request_object", "@assertion", "@id_token", "@logout_token", "eyJhbGciOiJub25lIn0.e30."),
    "request_uri": (FETCHED, f"{FETCHED}#f", "https://127.0.0.1:9/else", "urn:ietf:params:oauth:request_uri:x"),
    "claims": CLAIMS,
    "registration": ("{}",),
}  # fmt: skip
SIGN_OUT = {
    "id_token_hint": HINTS,
    "client_id": CLIENTS,
    "post_logout_redirect_uri": (SIGNED_OUT, CALLBACK, f"{SIGNED_OUT}/", "https://rp.example/signed-out#f"),
    "state": ("a state & more", "\u2603"),
    "logout_hint": ("ann@example.org",),
    "ui_locales": ("de",),
}


@examples(170)
@given(st.data())
def test_authorization_requests(stage: Stage, data: st.DataObject) -> None:
    """Any parameters, changed, repeated or written wrongly, by GET or POST, signed in or not, are answered."""
    client = data.draw(st.sampled_from([stage.shop] * 3 + list(stage.clients.values())))
    changes = changed(
        request(client), data.draw(pairs(KNOWN)), repeats=data.draw(st.sampled_from([False] * 4 + [True]))
    )
    browser = data.draw(st.sampled_from([stage.signed_in, stage.signed_out]))
    posted, decision = data.draw(st.booleans()), data.draw(st.sampled_from(["allow", "deny", "\ud800"]))
    response = _send(stage, browser, "/oauth/authorize", changes, posted)
    _judge_state(response, changes)
    if response.headers.get("Location", "").startswith("/consent?"):
        _decide(stage, browser, response.headers["Location"], decision)


@examples(50)
@given(pairs(KNOWN, most=6), st.booleans())
def test_authorization_requests_out_of_nothing(stage: Stage, drawn: Pairs, posted: bool) -> None:
    """Parameters with nothing good around them are answered all the same."""
    _send(stage, stage.signed_in, "/oauth/authorize", drawn, posted)


@examples(70)
@given(pairs(SIGN_OUT, most=6), st.sampled_from(["/oauth/logout", "/oauth/logout/confirm"]), st.booleans())
def test_sign_out_requests(stage: Stage, drawn: Pairs, path: str, posted: bool) -> None:
    """Any sign-out request is done, asked about or refused, and leads nowhere unregistered."""
    browser = stage.provider.browser(stage.ann)
    _send(stage, browser, path, drawn, posted and path == "/oauth/logout")
    if posted and path != "/oauth/logout":
        token = CSRF.search(browser.get(f"{path}?client_id=generated-shop").text)
        fields = {"csrf_token": token[1] if token else ""}
        judge(stage, stage.send(browser.http, "POST", path, written(stage, drawn), data=fields))


@examples(50)
@given(st.sampled_from(["/consent", "/oauth/resume", "/signin", "/signup"]), values(["x"]), st.sampled_from(MANNERS))
def test_pages_on_the_way(stage: Stage, path: str, value: str, manner: str) -> None:
    """What the pages between request and answer are told of where to go on is checked by each."""
    for name in ("id", "next"):
        judge(stage, stage.send(stage.signed_in.http, "GET", path, written(stage, [(name, value, manner)])))


def _send(stage: Stage, browser: Browser, path: str, drawn: Pairs, posted: bool) -> TestResponse:
    """Send a request and follow what leads on within the provider; return the answer at the end of the way."""
    text = written(stage, drawn)
    if posted:
        form = {"data": text, "content_type": "application/x-www-form-urlencoded"}
        response = stage.send(browser.http, "POST", path, **form)
    else:
        response = stage.send(browser.http, "GET", path, text)
    judge(stage, response)
    for _hop in range(3):
        location = response.headers.get("Location", "")
        if not location.startswith("/") or location.startswith("/consent?"):
            break
        response = browser.get(location)
        judge(stage, response)
    return response


def _judge_state(response: TestResponse, drawn: Pairs) -> None:
    """Check that a client gets its state back as it was sent, if it gets anything and sent one that is a text."""
    sent = [(value, manner) for name, value, manner in drawn if name == "state"]
    is_opened = any(name == "request" for name, _value, _manner in drawn)
    leads_on = response.headers.get("Location", "/").startswith("/")
    if len(sent) != 1 or sent[0][1] != "quoted" or is_opened or leads_on or not _is_text(sent[0][0]):
        return
    assert parameters(response).get("state") == (sent[0][0] or None)


def _is_text(value: str) -> bool:
    return value.isascii() or "\ud800" not in value and "\udcff" not in value


def _decide(stage: Stage, browser: Browser, location: str, decision: str) -> None:
    page = browser.get(location)
    judge(stage, page)
    token = CSRF.search(page.text)
    fields = {"csrf_token": token[1] if token else "", "decision": decision.encode("utf-8", "replace").decode()}
    response = browser.http.post(location, data=fields)
    judge(stage, response)
    if response.headers.get("Location", "").startswith("/"):
        judge(stage, browser.get(response.headers["Location"]))
