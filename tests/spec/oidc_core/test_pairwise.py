"""OpenID Connect Core 1.0, section 8: pairwise subjects."""

import json
from collections.abc import Iterator

import jwt
import pytest

from tests.factories import Browser, Client, Person, Provider

OFFLINE = "openid offline_access"


@pytest.fixture
def pairwise(provider: Provider) -> Client:
    """A client that knows people by identifiers of its own."""
    return provider.client(subject_type="pairwise", first_party=True)


def everything_shown(provider: Provider, browser: Browser, client: Client) -> Iterator[dict[str, object]]:
    """Yield whatever a client gets to see of a person."""
    tokens = provider.grant(client, browser, OFFLINE)
    renewed = provider.refresh(client, tokens["refresh_token"]).json
    for found in (tokens, renewed):
        yield provider.verify(found["id_token"], client.client_id)
        yield jwt.decode(found["access_token"], options={"verify_signature": False})
        yield dict(provider.userinfo(found["access_token"]).json)
        yield dict(provider.introspect(client, found["access_token"]).json)
        yield dict(provider.introspect(client, tokens["refresh_token"]).json)


def test_the_public_subject_is_nowhere(provider: Provider, browser: Browser, ann: Person, pairwise: Client) -> None:
    """Every place that names the person names the same other subject, and the account's own stands in none (8)."""
    shown = list(everything_shown(provider, browser, pairwise))
    assert len({str(found["sub"]) for found in shown}) == 1
    assert ann.sub not in str(shown)


def test_one_sector_one_subject(provider: Provider, browser: Browser, ann: Person, pairwise: Client) -> None:
    """Clients of one host know a person alike, those of another host otherwise, and people differ (8.1)."""

    def sub(client: Client, person: Browser = browser) -> str:
        tokens = provider.grant(client, person)
        return str(provider.verify(tokens["id_token"], client.client_id)["sub"])

    sibling = provider.client(
        subject_type="pairwise",
        first_party=True,
        redirect_uris=["https://rp.example/other", "https://rp.example:8443/"],
    )
    stranger = provider.client(
        subject_type="pairwise", first_party=True, redirect_uris=["https://other.example/callback"]
    )
    public = provider.client(first_party=True)
    assert sub(pairwise) == sub(sibling)
    assert len({sub(pairwise), sub(stranger), sub(public)}) == 3
    assert sub(public) == ann.sub
    assert sub(pairwise, provider.browser(provider.person("bea@example.org"))) != sub(pairwise)


def test_a_sector_identifier_joins_hosts(provider: Provider, browser: Browser) -> None:
    """Clients that name one sector identifier are one sector, whatever the hosts of their redirect URIs (8.1)."""
    subs = set()
    for host in ("one.example", "two.example"):
        client = provider.client(
            subject_type="pairwise",
            first_party=True,
            redirect_uris=[f"https://{host}/callback", f"https://www.{host}/callback"],
            sector_identifier_uri="https://sector.example/uris.json",
        )
        id_token = provider.grant(client, browser)["id_token"]
        subs.add(provider.verify(id_token, client.client_id)["sub"])
    assert len(subs) == 1


def test_a_subject_stays(provider: Provider, browser: Browser, ann: Person, pairwise: Client) -> None:
    """A subject is the same in every session, and has at most 255 ASCII characters (8; 2)."""
    subs = {str(next(everything_shown(provider, each, pairwise))["sub"]) for each in (browser, provider.browser(ann))}
    (sub,) = subs
    assert len(sub) <= 255
    assert sub.isascii()


def test_hints_name_the_pairwise_subject(provider: Provider, browser: Browser, ann: Person, pairwise: Client) -> None:
    """An ID token with a pairwise subject is good as a hint, of the same person alone (3.1.2.1)."""
    hint = provider.grant(pairwise, browser)["id_token"]
    assert "code" in browser.answer(pairwise, id_token_hint=hint, prompt="none")
    other = provider.browser(provider.person("bea@example.org"))
    assert other.answer(pairwise, id_token_hint=hint, prompt="none")["error"] == "login_required"


def test_the_public_subject_is_no_name(provider: Provider, browser: Browser, ann: Person, pairwise: Client) -> None:
    """A client cannot find out whether a public subject belongs to whom it sees (8.1)."""
    asked = json.dumps({"id_token": {"sub": {"value": ann.sub}}})
    assert browser.answer(pairwise, claims=asked, prompt="none")["error"] == "login_required"
    own = provider.verify(provider.grant(pairwise, browser)["id_token"], pairwise.client_id)["sub"]
    asked = json.dumps({"id_token": {"sub": {"value": own}}})
    assert "code" in browser.answer(pairwise, claims=asked, prompt="none")


def test_tokens_are_revoked_as_ever(provider: Provider, browser: Browser, pairwise: Client) -> None:
    """A token with a pairwise subject ends with its session (RFC 9700, section 4.14.2)."""
    token = provider.grant(pairwise, browser)["access_token"]
    assert provider.userinfo(token).status_code == 200
    browser.sign_out()
    assert provider.userinfo(token).status_code == 401
