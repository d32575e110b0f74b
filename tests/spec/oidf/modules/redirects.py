"""Modules about redirect URIs: what is not registered is never redirected to. Each wants an error page to photograph."""

from tests.spec.oidf.modules.registry import module
from tests.spec.oidf.suite import CALLBACK, Suite

UNREGISTERED = "The application asked to send you back to a redirect URI that is not registered for it."
MISSING = "The application did not say where to send you back: the redirect URI is missing."
WITH_QUERY = f"{CALLBACK}?foo=bar"


@module("oidcc-ensure-registered-redirect-uri")
def registered(suite: Suite) -> None:
    """oidcc-ensure-registered-redirect-uri: an unregistered redirect URI gets a page."""
    suite.shown(suite.open(suite.request(redirect_uri=f"{CALLBACK}/8Ngh1aCt8l")), UNREGISTERED)


@module("oidcc-ensure-redirect-uri-in-authorization-request")
def named(suite: Suite) -> None:
    """oidcc-ensure-redirect-uri-in-authorization-request: of two registered redirect URIs none is chosen for the client."""
    suite.register(redirect_uris=[CALLBACK, f"{CALLBACK}/second"])
    suite.shown(suite.open(suite.request(redirect_uri=None)), MISSING)


@module("oidcc-redirect-uri-query-OK")
def query_kept(suite: Suite) -> None:
    """oidcc-redirect-uri-query-OK: a registered query is kept, and the answer stands beside it."""
    suite.register(redirect_uris=[WITH_QUERY])
    assert suite.log_in().answer["foo"] == "bar"


@module("oidcc-redirect-uri-query-mismatch")
def query_mismatch(suite: Suite) -> None:
    """oidcc-redirect-uri-query-mismatch: another query than the registered one gets a page."""
    suite.register(redirect_uris=[WITH_QUERY])
    suite.shown(suite.open(suite.request(redirect_uri=f"{CALLBACK}?foo=baz")), UNREGISTERED)


@module("oidcc-redirect-uri-query-added")
def query_added(suite: Suite) -> None:
    """oidcc-redirect-uri-query-added: a query that is not registered gets a page."""
    suite.shown(suite.open(suite.request(redirect_uri=WITH_QUERY)), UNREGISTERED)


@module("oidcc-redirect-uri-regfrag")
def fragment(suite: Suite) -> None:
    """oidcc-redirect-uri-regfrag: a redirect URI with a fragment cannot be registered."""
    refused = suite.register_dynamically(suite.metadata(redirect_uris=[f"{CALLBACK}#foobar"]))
    assert refused.status_code == 400
    assert refused.json["error"] == "invalid_redirect_uri"
