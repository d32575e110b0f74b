"""Setting providers up and changing them: each member's rule has its sentence, secrets are sealed, and each change is recorded."""

from typing import Any

import pytest
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base.database import session
from idp.base.outcome import Refused
from idp.federation import catalogue, icons
from idp.federation.catalogue import Extras
from idp.federation.definition import Definition, read_domains
from tests.core import mails
from tests.factories import Provider

GOOD: dict[str, Any] = {
    "key": "corp",
    "display_name": "Corp",
    "issuer": "https://id.corp.example",
    "client_id": "gatehouse",
}
OAUTH: dict[str, Any] = {
    "key": "forge",
    "display_name": "Forge",
    "kind": "oauth2",
    "authorization_endpoint": "https://forge.example/authorize",
    "token_endpoint": "https://forge.example/token",
    "userinfo_endpoint": "https://forge.example/user",
    "client_id": "gatehouse",
    "scope": "",
    "claims": {"subject": "id", "email": "email"},
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z" fill="url(#a)"/></svg>'
PNG = b"\x89PNG\r\n\x1a\n and so on"


def refused(provider: Provider, definition: Definition, extras: Extras) -> dict[str, str]:
    """Return what is wrong with a new provider, by member."""
    with provider.working():
        made = catalogue.create(definition, extras, actor="test")
        assert isinstance(made, list), made
        return {str(found.field): str(found.detail) for found in made}


@pytest.mark.parametrize(
    ("members", "field", "sentence"),
    [
        ({"key": "Corp"}, "key", "small letters"),
        ({"key": ""}, "key", "small letters"),
        ({"key": "x" * 33}, "key", "small letters"),
        ({"key": "google"}, "key", "taken by this server"),
        ({"display_name": " "}, "display_name", "1 to 60 characters"),
        ({"display_name": "a\u202eb"}, "display_name", "cannot be shown"),
        ({"kind": "saml"}, "kind", "openid or oauth2"),
        ({"issuer": None}, "issuer", "Enter the issuer"),
        ({"issuer": "http://id.corp.example"}, "issuer", "https"),
        ({"issuer": "https://id.corp.example?x=1"}, "issuer", "no query"),
        ({"issuer": "https://id.corp.example/.well-known/openid-configuration"}, "issuer", "Leave"),
        ({"issuer": "javascript:alert(1)"}, "issuer", "https"),
        ({"token_endpoint": "https://id.corp.example/token"}, "kind", "leave those fields empty"),
        ({"client_id": ""}, "client_id", "1 to 255"),
        ({"client_id": "ä"}, "client_id", "ASCII"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "token_endpoint_auth_method", "Use one of"),
        ({"token_endpoint_auth_method": "none", "use_pkce": False}, "use_pkce", "Switch it on"),
        ({"scope": "email"}, "scope", "“openid”"),
        ({"scope": 'openid "x"'}, "scope", "without quotes"),
        ({"claims": {"subject": "sub"}}, "claim_email", "an account needs one"),
        ({"claims": {"email": "email"}}, "claim_subject", "names somebody for good"),
        ({"claims": {"subject": "sub", "email": "an email"}}, "claim_email", "no spaces"),
        ({"claims": {"subject": "sub", "email": "email", "shoe": "size"}}, "claims", "no field “shoe”"),
        ({"who_may_link": "everyone"}, "who_may_link", "Use one of"),
        ({"who_may_link": "domains"}, "link_domains", "at least one domain"),
        ({"link_domains": ["no domain"]}, "link_domains", "is no domain"),
        ({"only_domains": ["Example.com"]}, "only_domains", "is no domain"),
        ({"only_domains": [f"d{number}.example" for number in range(201)]}, "only_domains", "at most 200"),
        ({"icon": "skull"}, "icon", "Use none"),
        ({"icon": "own"}, "icon", "Give the picture"),
        ({"position": 1001}, "position", "whole number"),
    ],
)
def test_each_member_has_its_rule(provider: Provider, members: dict[str, Any], field: str, sentence: str) -> None:
    """What is wrong is refused with the member's name and a sentence, and nothing is kept."""
    assert sentence in refused(provider, Definition(**(GOOD | members)), Extras("a secret"))[field]
    with provider.working():
        assert session().scalars(catalogue.search()).all() == []


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "userinfo_endpoint"])
def test_plain_oauth_needs_its_endpoints(provider: Provider, name: str) -> None:
    """A provider of plain OAuth 2 tells no addresses, so each of them is asked for, and has no issuer."""
    found = refused(provider, Definition(**(OAUTH | {name: "", "issuer": "https://forge.example"})), Extras("a secret"))
    assert "Enter this address" in found[name]
    assert "leave it empty" in found["issuer"].lower()
    assert "https" in refused(provider, Definition(**(OAUTH | {name: "http://10.0.0.1/"})), Extras("a secret"))[name]


@pytest.mark.parametrize("secret", [None, "", "x" * 1001, "a\nb", "ä"])
def test_a_secret_is_one_line_of_ascii(provider: Provider, secret: str | None) -> None:
    """Without a secret, or with one that no provider gives, there is no provider."""
    assert "client_secret" in refused(provider, Definition(**GOOD), Extras(secret))


def test_all_that_is_wrong_is_told_at_once(provider: Provider) -> None:
    """Nobody has to send a form once for each mistake."""
    found = refused(provider, Definition(key="X", display_name="", client_id=""), Extras())
    assert {"key", "display_name", "issuer", "client_id", "client_secret"} <= found.keys()


def test_a_secret_is_sealed_and_never_told(provider: Provider) -> None:
    """The database has no secret that could be read, neither description nor audit log tell it, and it opens for its provider alone."""
    with provider.working():
        row = catalogue.create(Definition(**GOOD), Extras("the very secret"), actor="test")
        assert not isinstance(row, list)
        assert b"very" not in (row.sealed_client_secret or b"")
        assert "very" not in repr(catalogue.describe(row))
        assert catalogue.secret_of(row) == "the very secret"
        changed = catalogue.change(row, catalogue.to_definition(row), Extras("another secret"), actor="test")
        assert not isinstance(changed, list)
        assert catalogue.secret_of(row) == "another secret"
        events = session().scalars(select(AuditEvent).where(AuditEvent.event.like("provider.%"))).all()
        assert not {"the very secret", "another secret"} & {text for event in events for text in event.detail.values()}
        assert events[-1].detail == {"provider": "corp", "secret": "renewed"}


def test_each_change_is_recorded_with_what_was_before(provider: Provider) -> None:
    """The log tells who changed which members, from what to what; a change of nothing is none."""
    with provider.working():
        row = catalogue.create(Definition(**GOOD), Extras("secret"), actor="ann")
        assert not isinstance(row, list)
        catalogue.change(row, Definition(**(GOOD | {"display_name": "Head Office"})), actor="bob")
        catalogue.change(row, Definition(**(GOOD | {"display_name": "Head Office"})), actor="bob")
        catalogue.set_disabled(row, True, actor="cy")
        catalogue.set_disabled(row, True, actor="cy")
        catalogue.set_disabled(row, False, actor="cy")
        catalogue.remove(row, actor="dan")
        events = session().scalars(select(AuditEvent).where(AuditEvent.event.like("provider.%"))).all()
    assert [(event.event, event.actor) for event in events] == [
        ("provider.created", "ann"),
        ("provider.changed", "bob"),
        ("provider.disabled", "cy"),
        ("provider.enabled", "cy"),
        ("provider.deleted", "dan"),
    ]
    assert events[1].changes == {"display_name": ["Corp", "Head Office"]}


def test_administrators_hear_of_what_decides_who_gets_in(provider: Provider) -> None:
    """A new provider, a change of more than its looks, an end and a return are told by mail to every administrator."""
    provider.person("root@example.org", is_admin=True)
    with provider.working():
        row = catalogue.create(Definition(**GOOD), Extras("secret"), actor="test")
        assert not isinstance(row, list)
        catalogue.change(row, Definition(**(GOOD | {"display_name": "Corp & Sons", "position": 3})), actor="test")
        wider = GOOD | {"display_name": "Corp & Sons", "position": 3, "issuer": "https://other.example"}
        catalogue.change(row, Definition(**wider), actor="test")
        catalogue.set_disabled(row, True, actor="test")
        catalogue.set_disabled(row, False, actor="test")
        catalogue.remove(row, actor="test")
        told = [mail.text for mail in mails.waiting() if mail.to == "root@example.org"]
    words = (
        "a new provider: Corp",
        "Sons, by which people sign in, was changed",
        "was disabled",
        "Sons again",
        "was deleted",
    )
    assert len(told) == len(words)
    for text, word in zip(told, words, strict=True):
        assert word in " ".join(text.split())


def test_a_key_is_given_once(provider: Provider) -> None:
    """A second provider of the same key is refused."""
    with provider.working():
        catalogue.create(Definition(**GOOD), Extras("secret"), actor="test")
    assert "already" in refused(provider, Definition(**GOOD), Extras("secret"))["key"]


def test_domains_are_read_as_people_write_them() -> None:
    """Commas, lines, capitals, umlauts and a leading @ are all the same; what is no domain stays to be told of."""
    assert read_domains("Example.com, @corp.example\n bücher.example  a b!") == [
        "example.com",
        "corp.example",
        "xn--bcher-kva.example",
        "a",
        "b!",
    ]


@pytest.mark.parametrize(
    "content",
    [
        SVG.replace(b"<path", b"<script>alert(1)</script><path"),
        SVG.replace(b"<path", b'<path onload="alert(1)"'),
        SVG.replace(b"<path", b'<image href="https://evil.example/x.png"/><path'),
        SVG.replace(b"<path", b'<a href="javascript:alert(1)"></a><path'),
        SVG.replace(b"<path", b"<style>@import url(//evil.example)</style><path"),
        SVG.replace(b"<path", b"<foreignObject/><path"),
        SVG.replace(b"<path", b'<use href="//evil.example#x"/><path'),
        SVG.replace(b"url(#a)", b"url(https://evil.example/a#b)"),
        SVG.replace(b"url(#a)", b"\\75 rl(https://evil.example/)"),
        b'<!DOCTYPE svg [<!ENTITY x "y">]>' + SVG,
        b'<?xml-stylesheet href="//evil.example"?>' + SVG,
        b'<?xml version="1.0" encoding="utf-7"?>' + SVG,
        SVG.replace(b"<path", b"<![CDATA[<script/>]]><path"),
        SVG.replace(b"http://www.w3.org/2000/svg", b"http://www.w3.org/1999/xhtml"),
        SVG[:-3],
        SVG.decode().encode("utf-16"),
        b"GIF89a",
        b"",
        PNG + b"x" * icons.LARGEST,
    ],
)
def test_an_icon_draws_and_does_nothing_else(content: bytes) -> None:
    """Script, style, anything from elsewhere, what hides such, and what is neither SVG nor PNG is refused with a sentence."""
    wrong = icons.check(content)
    assert isinstance(wrong, Refused)
    assert (wrong.field, bool(wrong.detail)) == ("icon", True)


@pytest.mark.parametrize("content", [SVG, b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- drawn -->' + SVG, PNG])
def test_an_own_icon_is_shown_as_a_picture(provider: Provider, content: bytes) -> None:
    """It stands in the button, comes from this server with a policy that runs nothing, and goes with the provider."""
    assert icons.check(content) is None
    with provider.working():
        made = catalogue.create(Definition(**(GOOD | {"icon": "own"})), Extras("secret", content), actor="test")
        assert not isinstance(made, list)
    page = provider.http.get("/signin").text
    path = page.partition('<img src="')[2].partition('"')[0]
    assert path.startswith("/signin/upstream/corp/icon?v=")
    answer = provider.http.get(path)
    assert answer.data == content
    assert answer.content_type in {"image/svg+xml; charset=utf-8", "image/png"}
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with provider.working():
        row = catalogue.get("corp")
        assert row is not None
        catalogue.change(row, Definition(**(GOOD | {"icon": "shield"})), actor="test")
    assert provider.http.get(path).status_code == 404
    assert "icons/shield." in provider.http.get("/signin").text
