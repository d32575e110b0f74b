"""RFC 8628: a device asks, a person types its code, and it polls until it has its tokens."""

from datetime import timedelta
from typing import Any

import pytest

from idp.base import clock
from tests.factories import Client, Person, Provider
from tests.spec.rfc8628.devices import GRANT, ask, begin, connect, decide, lead, television, type_code


@pytest.fixture
def tv(provider: Provider) -> Client:
    """A television."""
    return television(provider)


def test_the_answer_names_both_codes_and_where_to_type_one(provider: Provider, tv: Client) -> None:
    """A device is told its code, the code to show, the page, the link with the code, the seconds and the interval (3.2)."""
    answer = ask(provider, tv)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    told = answer.json
    assert told["verification_uri"] == f"{provider.issuer}/device"
    assert told["verification_uri_complete"] == f"{provider.issuer}/device?user_code={told['user_code']}"
    assert (told["expires_in"], told["interval"]) == (600, 5)
    assert len(told["device_code"]) >= 43
    assert set(told) == {
        "device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval",
    }  # fmt: skip


def test_a_device_gets_its_tokens_once_its_person_has_allowed_it(provider: Provider, ann: Person, tv: Client) -> None:
    """It is told to wait until then, and gets tokens of the person who typed the code (3.4, 3.5)."""
    device = begin(provider, tv)
    waiting = device.poll()
    assert (waiting.status_code, waiting.json["error"]) == (400, "authorization_pending")
    browser = provider.browser(ann)
    page = browser.get(lead(browser, device)).text
    for said in ("Living Room", "127.0.0.1", "Did somebody send you the code?"):
        assert said in page
    assert decide(browser, device).location == "/device/connected"
    tokens = device.poll().json
    assert tokens["scope"] == "openid profile"
    claims = provider.verify(tokens["id_token"], tv.client_id)
    assert claims["sub"] == provider.userinfo(tokens["access_token"]).json["sub"] == ann.sub


def test_a_denied_device_is_told_so(provider: Provider, ann: Person, tv: Client) -> None:
    """Whoever denies is told that nothing was connected, and the device `access_denied` from then on (3.5)."""
    device = begin(provider, tv)
    browser = provider.browser(ann)
    answer = decide(browser, device, "deny")
    assert "was not connected" in browser.get(answer.location).text
    for _poll in range(2):
        assert device.poll().json["error"] == "access_denied"
    assert type_code(browser, device.user_code).status_code == 400


def test_a_device_code_is_used_once(provider: Provider, ann: Person, tv: Client) -> None:
    """A second poll after the tokens is `invalid_grant`, and ends nothing of the first (3.5)."""
    device = connect(provider, tv, ann)
    first = device.poll().json
    again = device.poll()
    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")
    assert provider.userinfo(first["access_token"]).status_code == 200


@pytest.mark.usefixtures("_still_clock")
@pytest.mark.parametrize("is_allowed", [False, True])
def test_a_code_lives_ten_minutes(provider: Provider, ann: Person, tv: Client, is_allowed: bool) -> None:
    """After its seconds a device is told `expired_token`, allowed or not (3.5), and nobody can type its code."""
    device = connect(provider, tv, ann) if is_allowed else begin(provider, tv)
    with clock.moved(timedelta(seconds=600)):
        assert device.poll().json["error"] == "expired_token"
        assert type_code(provider.browser(ann), device.user_code).status_code == 400


def test_codes_of_nobody_and_of_other_clients_are_invalid(provider: Provider, ann: Person, tv: Client) -> None:
    """A device code that is unknown, or of another client, is `invalid_grant` (RFC 6749, 5.2), in the same words to a public one."""
    device = connect(provider, tv, ann)
    other = television(provider, client_name="Bedroom")
    form = {"grant_type": GRANT, "client_id": other.client_id}
    foreign = provider.http.post("/oauth/token", data=form | {"device_code": device.device_code})
    unknown = provider.http.post("/oauth/token", data=form | {"device_code": "x" * 43})
    assert (foreign.status_code, foreign.json["error"]) == (400, "invalid_grant")
    assert foreign.json == unknown.json
    assert device.poll().status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": None}, "invalid_scope"),
        ({"scope": "openid email"}, "invalid_scope"),
        ({"claims": "no json"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"scope": "openid " + "x" * 9000}, "invalid_request"),
    ],
)
def test_what_is_wrong_is_said_as_at_the_authorization_endpoint(
    provider: Provider, tv: Client, form: dict[str, Any], error: str
) -> None:
    """Scopes and other parameters are held to the rules of authorization requests (3.1)."""
    answer = ask(provider, tv, **form)
    assert (answer.status_code, answer.json["error"]) == (400, error)


def test_clients_are_authenticated_and_registered_for_it(provider: Provider, tv: Client) -> None:
    """A client without the grant is `unauthorized_client`, one that does not prove itself `invalid_client` (3.1)."""
    shop = provider.client()
    assert ask(provider, shop).json["error"] == "unauthorized_client"
    printer = television(provider, public=False)
    begin(provider, printer)
    wrong = provider.http.post("/oauth/device", data={"client_id": printer.client_id, "scope": "openid"})
    assert (wrong.status_code, wrong.json["error"]) == (401, "invalid_client")
    missing = provider.http.post("/oauth/token", data={"grant_type": GRANT, "client_id": tv.client_id})
    assert missing.json["error"] == "invalid_request"


def test_discovery_names_the_endpoint_and_the_grant(provider: Provider) -> None:
    """Metadata has `device_authorization_endpoint` and the grant type (4)."""
    told = provider.http.get("/.well-known/openid-configuration").json
    assert told["device_authorization_endpoint"] == f"{provider.issuer}/oauth/device"
    assert GRANT in told["grant_types_supported"]
