"""RFC 8707 and RFC 9396 for devices (RFC 8628): what is named is read by whoever types the code, and kept."""

import json

from idp.details import service
from tests.factories import Person, Provider
from tests.spec.rfc8628.devices import begin, decide, lead, television
from tests.spec.rfc8707.naming import BILLS, ORDERS, refused, register
from tests.spec.rfc9396.conftest import TYPES
from tests.spec.rfc9396.test_details import PAYMENT


def test_a_device_names_apis_and_details(provider: Provider, ann: Person) -> None:
    """The page names them, a poll for what was not granted leaves the code good, and the token is for the one that is named."""
    register(provider, ORDERS, "orders.read")
    register(provider, BILLS, "bills.read", access_token_format="opaque")
    with provider.app.test_request_context(), provider.working():
        assert not isinstance(service.create(TYPES[0], actor="test"), list)
    scope = "openid orders.read bills.read"
    tv = television(provider, scope=scope, authorization_details_types=["payment"])
    asked = {"scope": scope, "resource": [ORDERS, BILLS], "authorization_details": json.dumps([PAYMENT])}
    device, browser = begin(provider, tv, **asked), provider.browser(ann)
    page = browser.get(lead(browser, device)).text
    for said in ("Use Orders in your name", "Use Bills in your name", "<b>Merchant &lt;A&gt;</b>"):
        assert said in page
    assert decide(browser, device).location == "/device/connected"
    assert "none of several" in refused(device.poll())
    answer = device.poll(resource=ORDERS).json
    claims = provider.verify(answer["access_token"], ORDERS)
    assert (claims["scope"], claims["authorization_details"]) == ("orders.read", [PAYMENT])
