"""Modules about request objects, by value and by reference.

Outside of the object stand response_type, client_id, scope and redirect_uri, as Core, section 6.1, wants; state and nonce only inside.
"""

import hashlib
from typing import Any

from tests.spec.oidf.modules.redirects import UNREGISTERED
from tests.spec.oidf.modules.registry import module
from tests.spec.oidf.party import key, unsigned
from tests.spec.oidf.suite import Suite

OUTSIDE = ("response_type", "client_id", "scope", "redirect_uri")
UNSUPPORTED = {"request": "request_not_supported", "request_uri": "request_uri_not_supported"}


@module("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported")
def by_value_unsigned(suite: Suite) -> None:
    """oidcc-unsigned-request-object-...: an unsigned object counts where that is switched on, else it is refused by its exact error."""
    asked = suite.request()
    works_or_refused(suite, asked, "request", unsigned(dict(asked)))


@module("oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported")
def by_reference_unsigned_or_refused(suite: Suite) -> None:
    """oidcc-request-uri-unsigned-supported-...: the same, for an object that the provider has to fetch."""
    uri = register_with_address(suite)
    asked = suite.request()
    publish(suite, unsigned(dict(asked)))
    works_or_refused(suite, asked, "request_uri", uri)


@module("oidcc-ensure-request-object-with-redirect-uri")
def redirect_uri_inside(suite: Suite) -> None:
    """oidcc-ensure-request-object-with-redirect-uri: the redirect URI inside wins; else the bad one outside gets a page."""
    asked = suite.request()
    around = outside(asked) | {"redirect_uri": f"{asked['redirect_uri']}/fooBar"}
    response = suite.open(around | {"request": unsigned(dict(asked))})
    if takes_unsigned(suite):
        suite.complete(response, asked)
    else:
        suite.shown(response, UNREGISTERED)


@module("oidcc-request-uri-unsigned")
def by_reference_unsigned(suite: Suite) -> None:
    """oidcc-request-uri-unsigned: an unsigned object is fetched and counts; its registered address has a fragment."""
    assert takes_unsigned(suite)
    uri = register_with_address(suite)
    asked = suite.request()
    publish(suite, unsigned(dict(asked)))
    suite.complete(suite.open(outside(asked) | {"request_uri": uri}), asked)


@module("oidcc-request-uri-signed-rs256")
def by_reference_signed(suite: Suite) -> None:
    """oidcc-request-uri-signed-rs256: an object signed in RS256 is fetched, verified, and counts; no other does."""
    assert "RS256" in suite.document["request_object_signing_alg_values_supported"]
    uri = register_with_address(suite, request_object_signing_alg="RS256")
    asked = suite.request()
    claims: dict[str, Any] = asked | {"aud": suite.document["issuer"], "iss": suite.client.client_id}
    publish(suite, suite.client.key.sign(claims))
    suite.complete(suite.open(outside(asked) | {"request_uri": uri}), asked)
    for bad, error in ((key(2).sign(claims), "invalid_request_object"), (unsigned(claims), UNSUPPORTED["request_uri"])):
        publish(suite, bad)
        suite.refused(suite.open(outside(asked) | {"request_uri": uri}), outside(asked), error)


def works_or_refused(suite: Suite, asked: dict[str, str], parameter: str, value: str) -> None:
    """The object counts, state and nonce with it, or is refused by the one error that the suite takes for "not supported"."""
    response = suite.open(outside(asked) | {parameter: value})
    if takes_unsigned(suite):
        assert suite.document[f"{parameter}_parameter_supported"] is True
        suite.complete(response, asked)
    else:
        suite.refused(response, outside(asked), UNSUPPORTED[parameter])


def takes_unsigned(suite: Suite) -> bool:
    """Tell whether unsigned objects are switched on, by which the suite skips these modules or not."""
    return "none" in suite.document["request_object_signing_alg_values_supported"]


def outside(asked: dict[str, str]) -> dict[str, str]:
    """Return what stands outside of the object; the response mode, so that an error finds its way."""
    return {name: value for name, value in asked.items() if name in (*OUTSIDE, "response_mode")}


def register_with_address(suite: Suite, **members: str) -> str:
    """Register a client with the address of a request object, a fragment behind it; return the address."""
    uri = suite.publish("request", "", "application/jose")
    uri = f"{uri}#{hashlib.sha256(uri.encode()).hexdigest()}"
    assert suite.document["request_uri_parameter_supported"] is True
    suite.register(request_uris=[uri], **members)
    return uri


def publish(suite: Suite, request_object: str) -> None:
    """Publish the object at its address."""
    suite.publish("request", request_object, "application/jose")
