"""RFC 8628: clients of devices, as they are registered; and requests that are forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from idp.base import clock
from idp.base.database import session
from idp.oauth.device import requests
from idp.oauth.models import DeviceRequest
from tests.factories import Provider
from tests.spec.rfc8628.devices import GRANT, begin, television


def test_a_device_registers_itself_without_a_redirect_uri(provider: Provider) -> None:
    """A registration of this grant alone needs no redirect URI, and gets the scopes of people who sign in (RFC 7591, 2)."""
    provider.app.extensions["idp.settings"].registration = "open"
    asked = {"client_name": "Printer", "grant_types": [GRANT, "refresh_token"], "token_endpoint_auth_method": "none"}
    made = provider.http.post("/oauth/register", json=asked)
    assert made.status_code == 201, made.text
    assert made.json["grant_types"] == [GRANT, "refresh_token"]
    assert made.json.get("response_types", []) == []
    assert {"openid", "offline_access"} <= set(made.json["scope"].split())
    form = {"client_id": made.json["client_id"], "scope": "openid"}
    assert provider.http.post("/oauth/device", data=form).status_code == 200


@pytest.mark.usefixtures("_still_clock")
def test_what_has_expired_is_forgotten(provider: Provider) -> None:
    """An hour after a request has expired its row is deleted, and not before: a device that polls on is told the reason."""
    client = television(provider)
    for _device in range(3):
        begin(provider, client)
    counts = []
    for seconds in (600, 600 + 3601):
        with clock.moved(timedelta(seconds=seconds)), provider.working():
            requests.purge(100)
            counts.append(session().scalar(select(func.count()).select_from(DeviceRequest)))
    assert counts == [3, 0]
