"""The way to a provider and back: requests, states, browsers, tabs."""

import base64
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from idp.base import clock
from tests.factories import Provider, challenge
from tests.federation.stand_in import CLIENT_ID, StandIn
from tests.federation.traveller import START, Traveller, events, identities, query_of

KEYS = ["google", "github", "42"]
PATHS = {"google": "/o/authorize", "github": "/login/oauth/authorize", "42": "/oauth/authorize"}


@pytest.mark.parametrize("key", KEYS)
def test_a_button_leads_there_and_back(ann: Traveller, stand: StandIn, provider: Provider, key: str) -> None:
    """Somebody new gets an account and goes on to where they came from; the next time it is the same account."""
    answer = ann.sign_in_by(key, "/account/password")
    assert (answer.status_code, answer.location) == (303, "/account/password")
    assert ann.email == "ann@example.org"
    again = Traveller(provider)
    stand.human.email = "moved@example.org"
    again.sign_in_by(key)
    assert again.email == "ann@example.org"
    assert identities(provider) == [("ann@example.org", key, "583231")]


@pytest.mark.parametrize("key", KEYS)
def test_the_request_is_bound_to_its_answer(ann: Traveller, stand: StandIn, key: str) -> None:
    """Client, scope, and a callback by the issuer, not by Host; PKCE at Google and GitHub, a nonce at Google, new every time."""
    url, other = ann.press(key), ann.press(key)
    asked = query_of(url)
    assert url.startswith(f"{stand.url}{PATHS[key]}?")
    assert asked["client_id"] == CLIENT_ID
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"{ann.provider.issuer}{START}/{key}/callback"
    assert asked["scope"] == {"google": "openid email profile", "github": "user:email", "42": "public"}[key]
    assert (asked.get("code_challenge_method") == "S256") is (key != "42")
    assert ("nonce" in asked) is (key == "google")
    for name in {"state", "code_challenge", "nonce"} & asked.keys():
        assert asked[name] != query_of(other)[name]


@pytest.mark.parametrize("key", ["google", "github"])
def test_the_verifier_is_sent_with_the_code(ann: Traveller, stand: StandIn, key: str) -> None:
    """The code is redeemed with the verifier of its own request."""
    url = ann.press(key)
    ann.get(ann.travel(url))
    ((_path, form),) = [asked for asked in stand.asked if asked[0].endswith(("/access_token", "/o/token"))]
    assert challenge(form["code_verifier"]) == query_of(url)["code_challenge"]


def test_a_state_works_once(ann: Traveller, stand: StandIn) -> None:
    """An answer that is sent again is refused, and the provider is not asked again."""
    path = ann.travel(ann.press("github"))
    assert ann.get(path).status_code == 303
    before = len(stand.asked)
    assert ann.get(path).status_code == 400
    assert len(stand.asked) == before


def test_a_state_is_bound_to_its_browser(ann: Traveller, stand: StandIn, provider: Provider) -> None:
    """Somebody's answer signs nobody in at another browser, with or without a sign-in under way; at its own it still does."""
    path = ann.travel(ann.press("github"))
    stranger, another = Traveller(provider), Traveller(provider)
    another.press("github")
    for browser in (stranger, another):
        assert browser.get(path).status_code == 400
        assert browser.email is None
    assert stand.count("/user") == 0
    assert ann.get(path).status_code == 303


def test_a_state_lives_ten_minutes(ann: Traveller) -> None:
    """An answer that comes later is refused."""
    path, late = ann.travel(ann.press("github")), ann.travel(ann.press("github"))
    with clock.moved(timedelta(minutes=9, seconds=55)):
        assert ann.get(path).status_code == 303
    with clock.moved(timedelta(minutes=10, seconds=5)):
        assert ann.get(late).status_code == 400


def test_a_state_is_its_providers_alone(ann: Traveller, stand: StandIn) -> None:
    """An answer of one provider is refused at the callback of another (mix-up)."""
    path = ann.travel(ann.press("github"))
    assert ann.get(path.replace("/github/", "/42/")).status_code == 400
    assert stand.count("/oauth/token") == 0
    assert ann.get(path).status_code == 303


def test_forged_states_are_refused(ann: Traveller, stand: StandIn) -> None:
    """States that were cut, changed, made up, or are no text of ours are refused without asking anybody."""
    state = query_of(ann.press("github"))["state"]
    raw = bytearray(base64.urlsafe_b64decode(state + "=" * (-len(state) % 4)))
    raw[20] ^= 1
    changed = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    for forged in ("", "x", state[:-4], changed, "é", "=", "A" * 9000, "%F0%9F%98%80"):
        answer = ann.get(f"{START}/github/callback?{urlencode({'code': 'x', 'state': forged})}")
        assert answer.status_code == 400, forged
    assert ann.get(f"{START}/github/callback").status_code == 400
    assert stand.asked == []
    assert events(ann.provider, "upstream.failed") == []


def test_tabs_do_not_disturb_each_other(ann: Traveller, stand: StandIn) -> None:
    """Several sign-ins are under way at once, with one or another provider, and each goes on to its own target."""
    paths = [ann.travel(ann.press(key, f"/account/{page}")) for key, page in (("github", "apps"), ("google", "data"))]
    ann.http.get("/signin")
    for path, target in zip(paths, ("/account/apps", "/account/data"), strict=True):
        assert ann.get(path).location == target


def test_a_sign_in_elsewhere_does_not_end_it(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """Who signs in by password in another tab meanwhile still comes back from the provider."""
    person = provider.person()
    path = ann.travel(ann.press("github"))
    assert ann.sign_in("/signin", person).status_code == 303
    assert ann.get(path).status_code == 303
    assert ann.email == person.email


def test_nobody_is_sent_elsewhere_afterwards(ann: Traveller) -> None:
    """A foreign target counts as none."""
    assert ann.sign_in_by("github", "https://evil.example/").location == "/account"


def test_a_start_needs_its_form(ann: Traveller, stand: StandIn) -> None:
    """A start without a CSRF token goes back to the sign-in page with its target; a link alone starts nothing."""
    answer = ann.http.post(f"{START}/github?next=/account/apps")
    assert (answer.status_code, answer.location) == (303, "/signin?next=/account/apps")
    assert ann.get(f"{START}/github").status_code == 405
    assert stand.asked == []


def test_the_cookie_is_short_lived_and_out_of_reach(ann: Traveller) -> None:
    """The cookie that binds a state cannot be read by scripts, is not sent by foreign forms, and lives for ten minutes."""
    answer = ann.press_on("/signin", f"{START}/github")
    (cookie,) = [header for header in answer.headers.getlist("Set-Cookie") if header.startswith("idp_upstream=")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"} <= set(cookie.split("; "))
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("key", KEYS)
def test_an_unconfigured_provider_is_off(ann: Traveller, provider: Provider, key: str) -> None:
    """Without client id or secret there is no button; a start and an answer say so with 503. Unknown providers are no page."""
    settings = provider.app.extensions["idp.settings"]
    prefix = "f42" if key == "42" else key
    csrf = ann.csrf("/signin")
    path = ann.travel(ann.press(key))
    for missing, value in (("client_id", None), ("client_secret", None), ("client_secret", SecretStr(""))):
        before = getattr(settings, f"{prefix}_{missing}")
        setattr(settings, f"{prefix}_{missing}", value)
        assert f'id="upstream-{key}"' not in ann.get("/signin").text
        for answer in (ann.http.post(f"{START}/{key}", data={"csrf_token": csrf}), ann.get(path)):
            assert answer.status_code == 503
            assert "is not set up here" in answer.text
        setattr(settings, f"{prefix}_{missing}", before)
    assert f'id="upstream-{key}"' in ann.get("/signin").text
    assert ann.http.post(f"{START}/nobody", data={"csrf_token": csrf}).status_code == 404
    assert ann.get(f"{START}/nobody/callback").status_code == 404


def test_the_password_form_stands_first(ann: Traveller) -> None:
    """The buttons come after the password's form, each in its own; pressing one ends at a page that sends the browser on."""
    page = ann.get("/signin?next=/account/apps")
    assert page.text.index('id="signin-submit"') < page.text.index('id="upstream-google"')
    assert 'action="/signin/upstream/42?next=%2Faccount%2Fapps"' in page.text
    told = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    pressed = ann.http.post(f"{START}/github", data={"csrf_token": ann.csrf("/signin")}, headers=told)
    assert (pressed.status_code, pressed.location) == (200, None)
    assert 'http-equiv="refresh" content="0; url=http://127.0.0.1:' in pressed.text


def test_a_sign_in_is_told_as_federated(ann: Traveller, provider: Provider) -> None:
    """The audit log, and with it relying parties, learn that another provider vouched for the person."""
    ann.sign_in_by("github")
    assert events(provider, "signin")[-1]["amr"] == "fed"
