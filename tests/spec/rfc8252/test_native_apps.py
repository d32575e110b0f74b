"""RFC 8252: native apps: loopback and private-scheme redirect URIs."""

from collections.abc import Iterator

import pytest
from flask import Flask

from idp import create_app
from idp.base.outcome import Refused
from idp.clients.metadata import Metadata, check
from idp.config import Settings
from tests.conftest import dispose
from tests.factories import Browser, Provider

BAD_URI = "The application asked to send you back to a redirect URI that is not registered for it."

MATCHES = [
    ("http://127.0.0.1/cb", "http://127.0.0.1/cb"),
    ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"),
    ("http://127.0.0.1:8000/cb", "http://127.0.0.1:9000/cb"),
    ("http://127.0.0.1:8000/cb", "http://127.0.0.1/cb"),
    ("http://127.0.0.1/cb?a=b", "http://127.0.0.1:1/cb?a=b"),
    ("http://127.0.0.1", "http://127.0.0.1:65535"),
    ("http://[::1]/cb", "http://[::1]:51004/cb"),
    ("http://[::1]:8000/cb", "http://[::1]/cb"),
    ("http://localhost:8000/cb", "http://localhost:8000/cb"),
    ("com.example.app:/cb", "com.example.app:/cb"),
    ("com.example.app://open/cb", "com.example.app://open/cb"),
]
DIFFERS = [
    ("http://127.0.0.1/cb", "http://127.0.0.1:51004/other"),
    ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb/"),
    ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?a=b"),
    ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb#a"),
    ("http://127.0.0.1/cb", "http://[::1]:51004/cb"),
    ("http://127.0.0.1/cb", "http://localhost:51004/cb"),
    ("http://127.0.0.1/cb", "http://127.0.0.2:51004/cb"),
    ("http://127.0.0.1/cb", "https://127.0.0.1:51004/cb"),
    ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb"),
    ("http://127.0.0.1/cb", "http://127.0.0.1:port/cb"),
    ("http://127.0.0.1/cb", "http://127.0.0.1:51004@evil.example/cb"),
    ("http://127.0.0.1/cb", "http://evil.example@127.0.0.1:51004/cb"),
    ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example:51004/cb"),
    ("http://127.0.0.1/cb", "http://127.0.0.1\\@evil.example/cb"),
    ("http://127.0.0.1/cb", "http://127.0.0.1:51004/c\nb"),
    ("http://127.0.0.1/cb", " http://127.0.0.1:51004/cb"),
    ("http://127.0.0.1/cb", "http://2130706433:51004/cb"),
    ("http://localhost:8000/cb", "http://localhost:9000/cb"),
    ("http://localhost/cb", "http://localhost:9000/cb"),
    ("https://app.example/cb", "https://app.example:8443/cb"),
    ("https://127.0.0.1/cb", "https://127.0.0.1:8443/cb"),
    ("com.example.app:/cb", "com.example.app:/cb/other"),
    ("com.example.app:/cb", "com.example.application:/cb"),
]


def test_the_port_of_a_loopback_address_is_free(
    provider: Provider, browser: Browser, subtests: pytest.Subtests
) -> None:
    """On 127.0.0.1 and [::1] any port matches, elsewhere none but the registered (7.3; item 42)."""
    for registered, asked in MATCHES:
        with subtests.test(asked):
            app = provider.client(public=True, redirect_uris=[registered])
            response = browser.consent(app, redirect_uri=asked, state="s")
            assert response.status_code == 303
            assert response.location.startswith((f"{asked}?code=", f"{asked}&code="))


def test_all_else_is_compared_exactly(provider: Provider, browser: Browser, subtests: pytest.Subtests) -> None:
    """Host, path, query and scheme match exactly, and only IP literals are loopback (7.3, 8.3, 8.10; item 42)."""
    for registered, asked in DIFFERS:
        with subtests.test(asked):
            app = provider.client(public=True, redirect_uris=[registered])
            answer = browser.authorize(app, redirect_uri=asked)
            assert answer.status_code == 400
            assert BAD_URI in answer.text


def test_the_chosen_port_holds_at_the_token_endpoint(provider: Provider, browser: Browser) -> None:
    """The code is redeemed with the very redirect URI of the request, port included (RFC 6749, section 4.1.3)."""
    app = provider.client(public=True, redirect_uris=["http://127.0.0.1/cb"])
    asked = "http://127.0.0.1:51004/cb"
    response = browser.consent(app, redirect_uri=asked, state="s")
    code = response.location.partition("code=")[2].partition("&")[0]
    assert provider.redeem(app, code).json["error"] == "invalid_grant"
    assert provider.redeem(app, code, redirect_uri=asked).status_code == 200


REGISTRATIONS = [
    (["com.example.app:/cb"], True, None),
    (["com.example.app:/cb"], False, "Only a public client may use the private scheme of com.example.app:/cb."),
    (["myapp:/cb"], True, "myapp:/cb must be https, or have a private scheme such as com.example.app."),
    (["javascript:alert(1)"], True, "'javascript:alert(1)' is no URI."),
    (["data:text/html,x"], True, "data:text/html,x must be https, or have a private scheme such as com.example.app."),
    (["http://127.0.0.1/cb", "http://[::1]/cb"], True, None),
    (["http://localhost:8000/cb"], True, None),
]


def test_registered_schemes(provider: Provider) -> None:
    """Private schemes are reversed domain names, and for public clients alone (7.1, 8.4)."""
    for uris, public, detail in REGISTRATIONS:
        method = "none" if public else "client_secret_basic"
        with provider.working():
            refused = check(Metadata("App", uris, token_endpoint_auth_method=method))
        found = refused.detail if isinstance(refused, Refused) else None
        if detail == "'javascript:alert(1)' is no URI.":
            assert found is not None
        else:
            assert found == detail, uris


NATIVE_HTTPS = "{} must be http, since a native client listens there itself."
WEB_IMPLICIT = "{} must be https, or loopback: a web client uses the implicit grant."
TYPES = [
    ("native", ["authorization_code"], "com.example.app:/cb", None),
    ("native", ["authorization_code"], "http://localhost:8000/cb", None),
    ("native", ["authorization_code"], "http://[::1]/cb", None),
    ("native", ["authorization_code"], "https://app.example/cb", None),  # claimed (7.2)
    ("native", ["authorization_code"], "https://localhost/cb", NATIVE_HTTPS),
    ("native", ["authorization_code"], "https://127.0.0.1:8000/cb", NATIVE_HTTPS),
    ("native", ["implicit"], "http://127.0.0.1/cb", None),
    ("web", ["authorization_code"], "http://127.0.0.1:8000/cb", None),
    ("web", ["authorization_code"], "https://localhost/cb", None),
    ("web", ["implicit"], "https://app.example/cb", None),
    ("web", ["implicit"], "https://localhost:8443/cb", None),
    ("web", ["implicit"], "http://localhost:8000/cb", None),
    ("web", ["authorization_code", "implicit"], "http://127.0.0.1:8000/cb", None),
    ("web", ["implicit"], "com.example.app:/cb", WEB_IMPLICIT),
]


def test_types_of_applications(app: Flask, provider: Provider) -> None:
    """Native clients have private schemes, http on loopback or claimed https; web ones with implicit no private scheme.

    OpenID Connect Registration, section 2, and RFC 8252, section 7.2.
    """
    app.extensions["idp.settings"].legacy_response_types = True
    for kind, grants, uri, detail in TYPES:
        types = ["id_token"] if grants == ["implicit"] else []
        metadata = Metadata(
            "App",
            [uri],
            grant_types=grants,
            application_type=kind,
            token_endpoint_auth_method="none",
            response_types=types,
        )
        with provider.working():
            refused = check(metadata)
        told = (refused.field, refused.detail) if isinstance(refused, Refused) else None
        assert told == (detail and ("redirect_uris", detail.format(uri))), (kind, uri)


@pytest.fixture
def public_provider(settings: Settings) -> Iterator[Provider]:
    """A provider on the open net, whose issuer is https."""
    app = create_app(settings.model_copy(update={"issuer": "https://id.example.org"}))
    app.config["PREFERRED_URL_SCHEME"] = "https"
    yield Provider(app)
    dispose(app)


def test_an_app_that_anybody_could_imitate_is_asked_for_each_time(public_provider: Provider) -> None:
    """A public client behind loopback or a private scheme needs consent anew; behind https it is remembered (8.6; item 71)."""
    browser = public_provider.browser(public_provider.person())
    for uri, is_remembered in (
        ("http://127.0.0.1/cb", False),
        ("com.example.app:/cb", False),
        ("https://app.example/cb", True),
    ):
        app = public_provider.client(public=True, redirect_uris=[uri])
        browser.consent(app)
        assert browser.authorize(app).location.startswith(f"{uri}?code=" if is_remembered else "/consent?"), uri
    confidential = public_provider.client(redirect_uris=["http://127.0.0.1/cb"])
    browser.consent(confidential)
    assert browser.authorize(confidential).location.startswith("http://127.0.0.1/cb?code=")
