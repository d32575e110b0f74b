"""Signed answers as applications read them."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.test import TestResponse

from tests.factories import Client, Provider


def members(response: TestResponse) -> dict[str, str]:
    """Return the parameters that the browser is sent on with, wherever they stand."""
    if response.status_code == 200:
        return dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"', response.text))
    parts = urlsplit(response.location)
    return {name: values[0] for name, values in parse_qs(parts.fragment or parts.query).items()}


def opened(provider: Provider, client: Client, response: TestResponse) -> dict[str, Any]:
    """Return the claims of the one parameter of a signed answer, checked as an application does (2.4)."""
    found = members(response)
    assert found.keys() - {"csrf_token"} == {"response"}
    return provider.verify(found["response"], client.client_id)
