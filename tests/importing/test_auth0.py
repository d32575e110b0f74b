"""What Auth0 exports comes: users with the file of hashes that its support makes, and applications (in its documented forms)."""

import pyotp

from idp.accounts import credentials, lookup
from idp.accounts.models import Account
from idp.base import clock
from idp.clients import service as clients
from idp.factors import service as factors
from idp.importing.sources.auth0 import Auth0
from idp.roles import standing
from tests.importing.arriving import EXPORTS, PASSWORD, bring

USERS, HASHES, CLIENTS = (EXPORTS / f"auth0-{name}" for name in ("users.ndjson", "hashes.ndjson", "clients.json"))


def account(name: str) -> Account:
    """Return somebody of the export."""
    found = lookup.find_by_email(f"{name}@example.com")
    assert found is not None
    return found


def test_users_come_with_the_hashes_of_another_file() -> None:
    """A hash is found by the identifier of the database, or by `alt_id`; one of the user's own entry counts first."""
    brought = bring(Auth0(USERS, "auth0", hashes=HASHES, clients=CLIENTS), keeps_subjects=True)
    for name in ("una", "zed"):
        assert isinstance(credentials.check(f"{name}@example.com", PASSWORD, source="192.0.2.1"), Account)
    una, vic = account("una"), account("vic")
    assert (una.sub, una.username, una.is_verified) == ("auth0|5dea9f9c82dd7c0e76e4ec93", "una", True)
    assert una.details["nickname"] == "uni"
    assert una.picture == "https://s.example.com/una.png"
    assert (vic.sub, vic.is_verified, vic.disabled_at is not None) == ("auth0|euclid", False, True)
    assert (vic.password_hash or "").startswith("$2b$04$")
    people = brought.people()
    assert "another provider" in people["wim"]["without"]["password"]
    assert "no secrets" in people["vic"]["without"]["authenticator"]
    assert brought.done.counts.came["role"] == people["vic"]["roles"] == 1
    assert standing.of(vic.id, None).of_server == ("admin",)
    assert not vic.is_admin


def test_an_authenticator_app_of_an_import_file_comes() -> None:
    """`mfa_factors`, as the import of users takes them, have the secret."""
    bring(Auth0(USERS, "auth0"))
    code = pyotp.TOTP("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").at(clock.now())
    assert factors.check_code(account("zed"), code, source="192.0.2.1") == ["otp"]


def test_the_file_of_hashes_alone_will_do() -> None:
    """It has the addresses, in one of two places; a later run over the users knows them by the same identifiers."""
    brought = bring(Auth0(HASHES, "auth0"))
    assert brought.done.counts.came == {"account": 2}
    assert isinstance(credentials.check("una@example.com", PASSWORD, source="192.0.2.1"), Account)
    again = bring(Auth0(USERS, "auth0", hashes=HASHES))
    assert (again.done.counts.known["account"], again.done.counts.came["account"]) == (2, 2)


def test_applications_come() -> None:
    """Callbacks, grants and secrets; patterns and grants of other servers stay behind, and Auth0's own application, too."""
    lines = bring(Auth0(USERS, "auth0", clients=CLIENTS)).of("client")
    portal, spa = clients.find("AaBbCc123"), clients.get("DdEeFf456")
    assert portal is not None
    assert portal.check_client_secret("portal-secret-of-thirty-two-characters")
    assert spa is not None
    assert (spa.redirect_uris, spa.token_endpoint_auth_method) == (["https://app.example.com/cb"], "none")
    assert set(lines["DdEeFf456"]["without"]) == {"redirect_uris", "grant_types"}
    assert lines["GgHhIi789"]["outcome"] == "not_come"
