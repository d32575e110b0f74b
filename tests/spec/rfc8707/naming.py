"""APIs that are registered, and requests that name them."""

from typing import Any
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from idp.resources import service
from idp.resources.definition import Definition, Scope
from tests.answers import parameters
from tests.factories import Browser, Client, Provider, request

ORDERS, BILLS = "https://api.example/orders", "https://api.example/bills"
SCOPE = "openid email offline_access orders.read orders.write bills.read"


def register(provider: Provider, resource: str, *scopes: str, **members: Any) -> Definition:
    """Register an API with these scopes."""
    wanted = Definition(resource, resource.rpartition("/")[2].title(), tuple(map(Scope, scopes)), **members)
    with provider.app.test_request_context(), provider.working():
        made = service.create(wanted, actor="test")
        assert not isinstance(made, list), made
    return wanted


def ask(browser: Browser, client: Client, *resources: str, **changes: Any) -> TestResponse:
    """Send an authorization request that names some resources."""
    query = urlencode([*request(client, **changes).items(), *(("resource", one) for one in resources)])
    return browser.get(f"/oauth/authorize?{query}")


def code(browser: Browser, client: Client, *resources: str, **changes: Any) -> str:
    """Return a code for some resources, consented to."""
    response = ask(browser, client, *resources, **({"scope": SCOPE} | changes))
    if response.location.startswith("/consent?"):
        response = browser.follow(browser.submit(response.location, decision="allow"), client)
    answer = parameters(response, client)
    assert "code" in answer, answer
    return answer["code"]


def refused(response: TestResponse, error: str = "invalid_target") -> str:
    """Expect an error of the token endpoint, and return its sentence."""
    assert (response.status_code, response.json["error"]) == (400, error), response.text
    return str(response.json["error_description"])
