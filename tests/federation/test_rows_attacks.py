"""What attackers try with providers that administrators set up: nobody gets into an account that is not theirs, nor behind the wall."""

from collections.abc import Iterator
from typing import Any

import pytest

from idp.base.database import session
from idp.federation import catalogue, openid
from idp.federation.models import UpstreamIdentity
from tests.factories import Provider
from tests.federation import rows, stand_in
from tests.federation.stand_in import CLIENT_SECRET, OTHER_KEY, StandIn
from tests.federation.traveller import Traveller, accounts, identities

ADDRESS = "ann@example.org"


@pytest.fixture
def settings(settings: Any) -> Any:
    """A server that may fetch from loopback, where the stand-in is."""
    settings.allow_private_fetch = True
    return settings


@pytest.fixture(scope="module")
def _other() -> Iterator[StandIn]:
    with stand_in.running() as other:
        yield other


@pytest.fixture
def other(_other: StandIn) -> StandIn:
    """A second provider, as good as new."""
    _other.reset()
    return _other


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"aud": ["a-client-of-the-tests", "another"], "azp": None},
        {"azp": "another client"},
        {"nonce": "of another sign-in"},
        {"exp": 1},
        {"sub": None},
        {"sub": "a\nb"},
    ],
    ids=str,
)
def test_an_id_token_of_something_else_is_refused(
    ann: Traveller, provider: Provider, stand: StandIn, claims: dict[str, Any]
) -> None:
    """Wrong issuer, audience, authorized party, nonce, time or subject: nobody is signed in (OpenID Connect Core, section 3.1.3.7)."""
    rows.add(provider, rows.openid(stand))
    stand.claims = claims
    assert ann.sign_in_by("corp").status_code == 400
    assert accounts(provider) == {}


@pytest.mark.parametrize("how", [{"signed_with": OTHER_KEY}, {"algorithm": "HS256", "signed_with": CLIENT_SECRET * 2}])
def test_an_id_token_of_somebody_elses_hand_is_refused(
    ann: Traveller, provider: Provider, stand: StandIn, how: dict[str, Any]
) -> None:
    """A token that is not signed with a published key, or with a secret, signs nobody in."""
    rows.add(provider, rows.openid(stand))
    for name, value in how.items():
        setattr(stand, name, value)
    assert ann.sign_in_by("corp").status_code == 400
    assert accounts(provider) == {}


def test_an_answer_at_another_providers_callback_is_refused(
    ann: Traveller, provider: Provider, stand: StandIn, other: StandIn
) -> None:
    """A state is good for the provider that it was made for: a code of one is never sent to another (RFC 9700, section 4.4)."""
    rows.add(provider, rows.openid(stand))
    rows.add(provider, rows.openid(other, "partner", display_name="Partner"))
    path = ann.travel(ann.press("corp")).replace("/corp/", "/partner/")
    assert ann.get(path).status_code == 400
    assert (other.count("/o/token"), accounts(provider)) == (0, {})


def test_an_answer_that_names_another_issuer_is_refused(
    ann: Traveller, provider: Provider, stand: StandIn, other: StandIn
) -> None:
    """Where `iss` comes with an answer it is the provider's own (RFC 9207, section 2.4)."""
    rows.add(provider, rows.openid(stand))
    path = ann.travel(ann.press("corp"))
    assert ann.get(f"{path}&iss={other.url}").status_code == 400
    assert stand.count("/o/token") == 0


@pytest.mark.parametrize("make", [rows.openid, rows.oauth2])
def test_an_address_that_nobody_verified_links_to_no_account(
    ann: Traveller, provider: Provider, stand: StandIn, make: Any
) -> None:
    """Who only says to have somebody's address gets neither in nor linked."""
    provider.person(ADDRESS)
    stand.human.verified = False
    rows.add(provider, make(stand, "corp"))
    answer = ann.sign_in_by("corp")
    assert answer.status_code == 409
    assert (ann.email, identities(provider)) == (None, [])


def test_a_subject_is_one_providers_alone(ann: Traveller, provider: Provider, stand: StandIn) -> None:
    """Two registrations at one issuer may call two people the same: an identity of one signs in to nothing by the other."""
    rows.add(provider, rows.openid(stand))
    rows.add(provider, rows.openid(stand, "tenant", display_name="Tenant"))
    ann.sign_in_by("corp")
    stand.human.email = "eve@example.org"
    eve = Traveller(provider)
    eve.sign_in_by("tenant")
    assert eve.email == "eve@example.org"
    assert identities(provider) == [(ADDRESS, "corp", "583231"), ("eve@example.org", "tenant", "583231")]


def test_a_new_provider_of_an_old_name_knows_nobody(
    ann: Traveller, provider: Provider, stand: StandIn, other: StandIn
) -> None:
    """With a provider go its identities, those too that come late, so that a later one of the same name lets nobody in by them."""
    rows.add(provider, rows.openid(stand))
    ann.sign_in_by("corp")
    with provider.working():
        row = catalogue.get("corp", for_change=True)
        assert row is not None
        assert "1 linked identities" in str(catalogue.remove(row, actor="test"))
        accepted = catalogue.Extras(accepted=frozenset({catalogue.IDENTITIES}))
        assert catalogue.remove(row, accepted, actor="test") == 1
        late = UpstreamIdentity(account_id=1, provider="corp", subject="583231", linked_at=row.created_at)
        session().add(late)
    other.human.email = "eve@example.org"
    rows.add(provider, rows.openid(other))
    eve = Traveller(provider)
    eve.sign_in_by("corp")
    assert eve.email == "eve@example.org"


def test_another_issuer_under_the_same_name_has_to_be_accepted(
    ann: Traveller, provider: Provider, stand: StandIn
) -> None:
    """Where people are linked, what names them does not change unnoticed; who accepts it is recorded."""
    rows.add(provider, rows.openid(stand))
    ann.sign_in_by("corp")
    for members in (
        {"issuer": "https://elsewhere.example"},
        {"claims": rows.plain_claims(subject="email")},
    ):
        (refused,) = rows.change(provider, "corp", **members)
        assert refused.field == catalogue.OTHER_PEOPLE
        assert "1 identities" in (refused.detail or "")
    accepted = frozenset({catalogue.OTHER_PEOPLE})
    assert rows.change(provider, "corp", accepted, issuer="https://elsewhere.example") == []


def test_no_address_of_a_row_leads_behind_the_wall(
    ann: Traveller, provider: Provider, stand: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an administrator enters is fetched like a stranger's: no private address, unless the operator allows it (SSRF)."""
    monkeypatch.setattr(openid, "_known", {})
    provider.app.extensions["idp.settings"].allow_private_fetch = False
    rows.add(provider, rows.openid(stand))
    rows.add(provider, rows.oauth2(stand))
    rows.add(provider, rows.openid(stand, "meta", issuer="https://169.254.169.254/latest"))
    for key in ("corp", "meta"):
        answer = ann.press_on("/signin", f"/signin/upstream/{key}")
        assert answer.status_code == 400
        assert "did not confirm" in answer.text
    ann.get(ann.travel(ann.press("forge")))
    assert [path for path, _values in stand.asked] == ["/login/oauth/authorize"]
    assert ann.email is None
