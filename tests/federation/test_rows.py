"""Signing in by providers that administrators have set up: both kinds, what comes along, who may come, and what is found out when."""

import re
from typing import Any

import jwt
import pytest

from idp import create_app, keys
from idp.accounts import homes, lookup
from idp.base.database import session
from idp.federation import catalogue, trial
from idp.federation.models import UpstreamIdentity
from tests.conftest import dispose
from tests.factories import Provider
from tests.federation import rows
from tests.federation.stand_in import CLIENT_ID, StandIn
from tests.federation.traveller import Traveller, accounts, identities, query_of

ADDRESS = "ann@example.org"


@pytest.fixture
def settings(settings: Any) -> Any:
    """A server that may fetch from loopback, where the stand-in is."""
    settings.allow_private_fetch = True
    return settings


def identity(provider: Provider) -> UpstreamIdentity:
    """Return the one identity that there is."""
    with provider.working():
        return session().query(UpstreamIdentity).one()


def test_a_provider_of_openid_connect_signs_people_in(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """Its button leads there with PKCE, state and nonce; the answer makes an account by the verified address, linked by the subject."""
    rows.add(provider, rows.openid(stand))
    page = ann.get("/signin").text
    assert 'id="upstream-corp"' in page
    assert "Continue with Corp" in page
    asked = query_of(ann.press("corp"))
    assert (asked["scope"], asked["code_challenge_method"]) == ("openid email profile", "S256")
    assert asked["redirect_uri"] == f"{provider.issuer}/signin/upstream/corp/callback"
    assert asked["nonce"]
    assert ann.sign_in_by("corp", "/account/apps").location == "/account/apps"
    assert ann.email == ADDRESS
    assert (accounts(provider), identities(provider)) == ({ADDRESS: True}, [(ADDRESS, "corp", "583231")])


def test_a_provider_of_plain_oauth_signs_people_in(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """Its endpoints are asked as they are written down, the list of addresses says which one is verified, and a login is the username."""
    rows.add(provider, rows.oauth2(stand))
    assert "nonce" not in query_of(ann.press("forge"))
    ann.sign_in_by("forge")
    assert ann.email == ADDRESS
    assert identities(provider) == [(ADDRESS, "forge", "583231")]
    with provider.working():
        account = lookup.find_by_email(ADDRESS)
        assert account is not None
        assert (account.username, account.given_name, account.family_name) == ("octocat", "Ann", "Example")
    stand.human.verified = False
    stand.human.id, stand.human.email = 9, "bob@example.org"
    Traveller(provider).sign_in_by("forge")
    assert accounts(provider)["bob@example.org"] is False


def test_claims_go_where_they_are_mapped(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """A claim within claims, or one whose name has dots, becomes what the mapping says; groups are kept with the identity."""
    stand.claims = {
        "oid": "a-b-c",
        "person": {"nick": "annie", "langs": ["de-AT"]},
        "https://corp.example/groups": ["staff", {"name": "kitchen"}, 7, "staff", "a\x07b"],
        "picture": "https://cdn.example/ann.png",
    }
    more = {"subject": "oid", "username": "person.nick", "locale": "person.langs.0"}
    rows.add(provider, rows.openid(stand, claims=rows.plain_claims(**more, groups="https://corp.example/groups")))
    ann.sign_in_by("corp")
    assert identities(provider) == [(ADDRESS, "corp", "a-b-c")]
    assert identity(provider).groups == ["staff", "kitchen"]
    with provider.working():
        account = lookup.find_by_email(ADDRESS)
        assert account is not None
        assert (account.username, account.details) == ("annie", {"locale": "de-AT"})
        assert account.picture == "https://cdn.example/ann.png"
    stand.claims["https://corp.example/groups"] = "guests"
    Traveller(provider).sign_in_by("corp")
    assert identity(provider).groups == ["guests"]


def test_a_username_that_is_taken_is_left_out(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """Somebody whose name there is somebody else's here gets in without a username."""
    provider.person("other@example.org", username="octocat")
    rows.add(provider, rows.oauth2(stand))
    ann.sign_in_by("forge")
    assert ann.email == ADDRESS
    with provider.working():
        account = lookup.find_by_email(ADDRESS)
        assert account is not None
        assert account.username is None


@pytest.mark.parametrize(
    ("members", "known", "verified", "reason"),
    [
        ({"who_may_link": "existing"}, False, True, "makes no accounts"),
        ({"who_may_link": "existing"}, True, True, None),
        ({"create_accounts": False}, False, True, "makes no accounts"),
        ({"create_accounts": False}, False, False, "Sign in to it first"),
        ({"create_accounts": False}, True, False, "Sign in to it first"),
        ({"who_may_link": "domains", "link_domains": ["example.org"]}, False, True, None),
        ({"who_may_link": "domains", "link_domains": ["example.org"]}, False, False, "certain e-mail addresses"),
        ({"who_may_link": "domains", "link_domains": ["example.com"]}, True, True, "certain e-mail addresses"),
        ({"trust_email": False}, True, True, "Sign in to it first"),
        ({"trust_email": False}, False, True, None),
    ],
)
def test_who_may_come(
    ann: Traveller, provider: Provider, stand: StandIn, members: Any, known: bool, verified: bool, reason: str | None
) -> None:
    """The rule of a provider says who is linked and who gets an account; nobody learns from it whether an unproved address has one."""
    if known:
        provider.person(ADDRESS)
    stand.human.verified = verified
    rows.add(provider, rows.openid(stand, **members))
    answer = ann.sign_in_by("corp")
    assert ann.email == (ADDRESS if reason is None else None)
    assert reason is None or reason in answer.text
    assert len(identities(provider)) == (1 if reason is None else 0)
    if not known and reason is None:
        assert accounts(provider)[ADDRESS] is (verified and members.get("trust_email", True))


def test_a_rule_holds_for_connecting_too(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """Somebody signed in connects no identity whose address the provider's rule does not admit."""
    rows.add(provider, rows.openid(stand, who_may_link="domains", link_domains=["example.com"]))
    ann.enter(provider.person("me@example.net"))
    back = ann.travel(ann.press_on("/account/connections", "/account/connections/corp/connect").location)
    assert "certain e-mail addresses" in ann.get(back).text
    assert identities(provider) == []
    stand.human.email = "me@example.com"
    back = ann.travel(ann.press_on("/account/connections", "/account/connections/corp/connect").location)
    assert ann.get(back).location == "/account/connections"
    assert identities(provider) == [("me@example.net", "corp", "583231")]


def test_a_change_counts_at_once(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """A new provider, a new name, a disabled and a deleted one are what the next sign-in page shows, in every process."""
    assert 'id="upstream-corp"' not in ann.get("/signin").text
    rows.add(provider, rows.openid(stand))
    assert "Continue with Corp" in ann.get("/signin").text
    assert rows.change(provider, "corp", display_name="Head Office") == []
    assert "Continue with Head Office" in ann.get("/signin").text
    path = ann.travel(ann.press("corp"))
    with provider.working():
        row = catalogue.get("corp", for_change=True)
        assert row is not None
        assert catalogue.set_disabled(row, True, actor="test") == []
    assert 'id="upstream-corp"' not in ann.get("/signin").text
    assert ann.get(path).status_code == 503
    with provider.working():
        row = catalogue.get("corp", for_change=True)
        assert row is not None
        assert catalogue.remove(row, actor="test") == 0
    assert ann.get(path).status_code == 404


def test_another_process_sees_a_change_at_once(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """What one process has set up is on the next sign-in page of another, and what it alone lets in is led there."""
    other = create_app(provider.app.extensions["idp.settings"])
    try:
        browser = other.test_client()
        assert "upstream-corp" not in browser.get("/signin").text
        rows.add(provider, rows.openid(stand))
        assert "upstream-corp" in browser.get("/signin").text
        assert rows.change(provider, "corp", only_domains=["corp.example"]) == []
        with other.app_context():
            assert homes.find("ann@corp.example") == homes.Home("corp", "Corp")
        assert rows.change(provider, "corp", only_domains=[]) == []
        with other.app_context():
            assert homes.find("ann@corp.example") is None
    finally:
        dispose(other)


def test_a_secret_of_another_server_is_no_crash(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """Where the server's own secret has changed, sign-in by the provider is refused on a page, and trying it says what to do."""
    rows.add(provider, rows.openid(stand))
    with provider.working():
        row = catalogue.get("corp", for_change=True)
        assert row is not None
        row.sealed_client_secret = b"sealed under another secret"
        (step,) = trial.run(row)
        assert "entered anew" in step.told
    provider.app.extensions["idp.generations"]["providers"].bump()
    answer = ann.press_on("/signin", "/signin/upstream/corp")
    assert (answer.status_code, "did not confirm" in answer.text) == (400, True)


def test_buttons_stand_in_their_order(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """The administrator's order counts, the settings' providers stand at 0, and more than five become a list of names."""
    for number, position in enumerate((7, -1, 0, 3)):
        rows.add(provider, rows.openid(stand, f"p{number}", display_name=f"P{number}", position=position))
    page = ann.get("/signin").text
    assert re.findall(r'id="upstream-([^"]+)"', page) == ["p1", "google", "github", "42", "p2", "p3", "p0"]
    assert 'class="providers many"' in page
    with provider.working():
        for key in ("p0", "p1"):
            row = catalogue.get(key, for_change=True)
            assert row is not None
            catalogue.set_disabled(row, True, actor="test")
    assert 'class="providers many"' not in ann.get("/signin").text


def test_a_signed_proof_instead_of_a_secret(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """With private_key_jwt no secret is sent, but a JWT that this server's published keys verify (RFC 7523, section 3)."""
    rows.add(provider, rows.openid(stand, token_endpoint_auth_method="private_key_jwt"), client_secret=None)
    ann.sign_in_by("corp")
    sent = next(values for path, values in stand.asked if path == "/o/token")
    assert "client_secret" not in sent
    with provider.working():
        published = keys.jwks()["keys"]
    header = jwt.get_unverified_header(sent["client_assertion"])
    (key,) = [key for key in published if key["kid"] == header["kid"]]
    url = f"{stand.url}/o/token"
    claims = jwt.decode(sent["client_assertion"], jwt.PyJWK(key), algorithms=["RS256"], audience=url)
    assert (claims["iss"], claims["sub"]) == (CLIENT_ID, CLIENT_ID)
    assert claims["exp"] - claims["iat"] == 60
    assert claims["jti"]


def test_without_a_secret_pkce_protects_the_code(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """With the method `none` the client's name and the verifier are all that is sent."""
    rows.add(provider, rows.openid(stand, token_endpoint_auth_method="none"), client_secret=None)
    ann.sign_in_by("corp")
    sent = next(values for path, values in stand.asked if path == "/o/token")
    assert sent["client_id"] == CLIENT_ID
    assert sent["code_verifier"]
    assert "client_secret" not in sent
