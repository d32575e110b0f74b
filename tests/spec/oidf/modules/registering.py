"""Modules about what a client registers, and what the provider makes of it: pages, keys, sectors, third-party-initiated login."""

import json

from idp import keys
from tests.spec.oidf import checks
from tests.spec.oidf.modules.registry import module
from tests.spec.oidf.party import key
from tests.spec.oidf.suite import BASE, CALLBACK, Suite
from tests.spec.oidf.walking import is_sign_in

LOGO = "GIF89a, as small as a logo can be"
LINKS = {
    "oidcc-registration-policy-uri": ("policy_uri", "privacy policy"),
    "oidcc-registration-tos-uri": ("tos_uri", "terms of service"),
}


@module("oidcc-registration-logo-uri")
def logo(suite: Suite) -> None:
    """oidcc-registration-logo-uri: the sign-in page shows the client's logo, from this server."""
    suite.register(logo_uri=suite.publish("logo.gif", LOGO, "image/gif"))
    browser = suite.provider.browser()
    page = suite.open(suite.request(), browser)
    assert is_sign_in(page)
    path = f"/oauth/clients/{suite.client.client_id}/logo"
    assert f'<img src="{path}"' in page.text
    shown = browser.get(path)
    assert shown.status_code == 200
    assert shown.mimetype == "image/gif"
    assert shown.text == LOGO


@module(*LINKS)
def links(suite: Suite) -> None:
    """oidcc-registration-policy-uri and -tos-uri: the sign-in page has a link to the client's page, which says what it is."""
    member, words = LINKS[suite.module]
    suite.register(**{member: f"{BASE}/{member}"})
    page = suite.open(suite.request(), suite.provider.browser())
    assert is_sign_in(page)
    link = page.text.partition(f'href="{BASE}/{member}"')[2].partition("</a>")[0]
    assert words in link


@module("oidcc-registration-jwks-uri")
def jwks_uri(suite: Suite) -> None:
    """oidcc-registration-jwks-uri: the client proves itself with a key that the provider has fetched.

    With an alias the suite's clients all publish at one address, each its own key.
    """
    for signing in (key(1, "published"), key(2, "published")):
        uri = suite.publish("jwks", json.dumps({"keys": [signing.public()]}))
        suite.log_in(suite.register(signing, jwks_uri=uri))
    assert suite.host.fetched.count(f"{suite.path}/jwks") >= 2


@module("oidcc-registration-sector-uri")
def sector(suite: Suite) -> None:
    """oidcc-registration-sector-uri: with a document that lists its redirect URIs a client has subjects of its sector."""
    assert "pairwise" in suite.document["subject_types_supported"]
    public = suite.log_in(suite.register()).claims["sub"]
    uri = suite.publish("redirect_uris.json", json.dumps([CALLBACK]))
    pairwise = suite.register(subject_type="pairwise", sector_identifier_uri=uri)
    outcome = suite.log_in(pairwise)
    assert f"{suite.path}/redirect_uris.json" in suite.host.fetched
    assert outcome.claims["sub"] != public
    checks.userinfo(suite.userinfo(outcome.access_token or ""), outcome.claims["sub"])


@module("oidcc-registration-sector-bad")
def bad_sector(suite: Suite) -> None:
    """oidcc-registration-sector-bad: a document that does not list the redirect URI has the registration refused."""
    uri = suite.publish("redirect_uris.json", json.dumps(["https://elsewhere.example/callback"]))
    rejected(suite, subject_type="pairwise", sector_identifier_uri=uri)


@module("oidcc-server-rotate-keys")
def rotate_keys(suite: Suite) -> None:
    """oidcc-server-rotate-keys: after a rotation another key signs, and what the one before signed still verifies."""
    before = suite.log_in()
    known = {jwk["kid"] for jwk in suite.jwks()}
    with suite.provider.working():
        assert keys.rotate() > 0
    published = suite.jwks()
    checks.published_keys(published)
    assert {jwk["kid"] for jwk in published} > known
    after = suite.log_in()
    assert checks.kid(after.id_token) != checks.kid(before.id_token)
    assert checks.jws(suite, before.id_token) == before.claims


@module("oidcc-3rd_party-init-login")
def initiate_login_uri(suite: Suite) -> None:
    """oidcc-3rd_party-init-login: initiate_login_uri is told at registration and by the client configuration endpoint."""
    uri = f"{BASE}/initiate_login"
    party = suite.register(initiate_login_uri=uri)
    assert party.registration["initiate_login_uri"] == uri
    response = suite.configuration(party)
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert response.json["initiate_login_uri"] == uri


@module("oidcc-3rd_party-init-login-nohttps")
def initiate_login_uri_without_https(suite: Suite) -> None:
    """oidcc-3rd_party-init-login-nohttps: one that is not https is refused, of whatever host (Core, section 4)."""
    for base in (BASE.replace("https://", "http://"), suite.host.url, "http://localhost:8443"):
        rejected(suite, initiate_login_uri=f"{base}/initiate_login")


def rejected(suite: Suite, **members: str) -> None:
    """A registration is refused: 400, JSON, invalid_client_metadata."""
    response = suite.register_dynamically(suite.metadata(**members))
    assert response.status_code == 400, response.text
    assert response.mimetype == "application/json"
    assert response.json["error"] == "invalid_client_metadata"
    checks.description(response.json)
