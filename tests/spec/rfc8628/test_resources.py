"""RFC 8707 for devices: what a device names when it asks, and when it polls."""

from tests.factories import Person, Provider
from tests.spec.rfc8628.devices import ask, connect, television
from tests.spec.rfc8707.naming import BILLS, ORDERS, register


def test_a_device_names_the_apis_that_its_tokens_are_for(provider: Provider, ann: Person) -> None:
    """It asks for two, gets a token for the one that it names in its poll, and nothing for one that was not granted (2.1, 2.2)."""
    register(provider, ORDERS, "orders.read")
    register(provider, BILLS, "bills.read")
    client = television(provider, scope="openid orders.read bills.read")
    device = connect(provider, client, ann, scope="openid orders.read bills.read", resource=[ORDERS, BILLS])
    other = device.poll(resource="https://api.example/other")
    assert (other.status_code, other.json["error"]) == (400, "invalid_target")
    tokens = device.poll(resource=ORDERS).json
    assert provider.verify(tokens["access_token"], ORDERS)["sub"] == ann.sub
    wrong = ask(provider, client, resource="https://api.example/other")
    assert (wrong.status_code, wrong.json["error"]) == (400, "invalid_target")
