"""The export of a realm comes: a real one of Keycloak 26.7.3, of which the parts that are not read were taken out."""

import base64

import pyotp
import pytest
from sqlalchemy import func, select

from idp.accounts import credentials, lookup
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import commit, session
from idp.base.outcome import Refused
from idp.clients import service as clients
from idp.factors import service as factors
from idp.groups import lookup as lookup_groups
from idp.importing.sources.keycloak import Keycloak
from idp.roles import standing
from tests.importing.arriving import EXPORTS, PASSWORD, Brought, bring

REALM = EXPORTS / "keycloak-realm.json"


@pytest.fixture
def brought() -> Brought:
    """The realm, brought once."""
    return bring(Keycloak(REALM, "keycloak"))


def account(name: str) -> Account:
    """Return somebody of the realm."""
    found = lookup.find_by_email(f"{name}@example.com")
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["ana", "ben", "cai"])
def test_people_sign_in_with_the_password_that_they_had(brought: Brought, name: str) -> None:
    """Argon2, PBKDF2-SHA512 and PBKDF2-SHA256 of Keycloak verify, by username and by address, and become our own hash."""
    assert brought.people()[name]["outcome"] == "came"
    person = account(name)
    assert not (person.password_hash or "").startswith("$argon2id$")
    assert isinstance(credentials.check(name, "wrong", source="192.0.2.1"), Refused)
    assert isinstance(credentials.check(name, PASSWORD, source="192.0.2.1"), Account)
    commit()
    assert (account(name).password_hash or "").startswith("$argon2id$v=19$m=19456")
    assert isinstance(credentials.check(f"{name}@example.com", PASSWORD, source="192.0.2.1"), Account)


def test_what_an_account_says_comes_with_it(brought: Brought) -> None:
    """Names, a proved or unproved address, and that somebody is disabled; nobody becomes an administrator, and all are vouched for."""
    ana = account("ana")
    assert (ana.username, ana.given_name, ana.family_name) == ("ana", "Ana", "Acme")
    assert ana.is_verified
    assert not account("cai").is_verified
    assert account("dee").disabled_at is not None
    assert account("ina").password_hash is None
    everybody = session().scalars(select(Account)).all()
    assert len(everybody) == brought.done.counts.came["account"] == 10
    assert not any(person.is_admin for person in everybody)
    assert all(person.is_vouched_for for person in everybody)
    assert lookup.search("outsider olga", 2).rows()[0].email == "outsider@example.com"


@pytest.mark.parametrize(
    ("name", "secret"),
    [("eve", b"kXp2sVn8qWzR4tYb6mLc"), ("fay", base64.b32decode("MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"))],
)
def test_an_authenticator_app_goes_on_working(brought: Brought, name: str, secret: bytes) -> None:
    """The secret is the text itself, or what it is the Base32 of; its next code is asked for and right."""
    person = account(name)
    assert person.has_second_factor
    assert brought.people()[name]["authenticators"] == 1
    code = pyotp.TOTP(base64.b32encode(secret).decode()).at(clock.now())
    assert factors.check_code(person, code, source="192.0.2.1") == ["otp"]
    assert isinstance(factors.check_code(person, code, source="192.0.2.1"), Refused)


def test_what_could_not_come_is_told_with_its_reason(brought: Brought) -> None:
    """No address, an app of eight digits, digests of codes, a hash that costs too much: each has its sentence."""
    lines = brought.of("account")
    (without_address,) = [line for line in lines.values() if line["outcome"] == "not_come"]
    assert "no e-mail address" in without_address["why"]
    people = brought.people()
    assert "six digits" in people["gil"]["without"]["authenticator"]
    assert not account("gil").has_second_factor
    assert "digests" in people["fay"]["without"]["recovery_codes"]
    assert "2 s are the most" in people["jon"]["without"]["password"]
    assert account("jon").password_hash is None
    assert brought.done.uncounted == []
    assert brought.done.counts.not_come["service account"] == 2


def test_groups_and_roles_come_before_the_people_who_have_them(brought: Brought) -> None:
    """The tree, roles of the realm and of a client, and who is in what; nobody is told of Keycloak's own roles."""
    came = brought.done.counts.came
    assert (came["group"], came["role"], came["membership"], came["role assignment"]) == (3, 3, 2, 0)
    assert {line["path"] for line in brought.of("group").values()} == {
        "/engineering",
        "/engineering/backend",
        "/sales",
    }
    assert {line["role"] for line in brought.of("role").values()} == {"auditor", "staff", "buyer (shop)"}
    assert [group.path for group, _member in lookup_groups.memberships(account("ben").id)] == ["/engineering/backend"]
    assert standing.of(account("ben").id, None).paths == ("/engineering", "/engineering/backend")
    assert brought.people()["ben"]["groups"] == 1


def test_clients_come_through_the_door_of_registrations(brought: Brought) -> None:
    """Redirect URIs, secrets, PKCE and grants as they were; a pattern, SAML and what takes tokens alone stay behind with a sentence."""
    lines = brought.of("client")
    shop = clients.get("shop")
    assert shop is not None
    assert shop.redirect_uris == ["http://localhost:8080/callback", "https://shop.example.com/callback"]
    assert shop.post_logout_redirect_uris == ["https://shop.example.com/", "https://shop.example.com/bye"]
    assert shop.grant_types == ["authorization_code", "refresh_token", "client_credentials"]
    assert shop.require_pkce
    assert shop.backchannel_logout_uri == "https://shop.example.com/logout"
    found = clients.find("shop")
    assert found is not None
    assert found.check_client_secret("shop-secret-of-thirty-two-characters")
    spa, keyed = clients.get("spa"), clients.get("keyed")
    assert spa is not None
    assert spa.token_endpoint_auth_method == "none"
    assert spa.redirect_uris == spa.post_logout_redirect_uris == ["https://spa.example.com/callback"]
    assert keyed is not None
    assert (keyed.token_endpoint_auth_method, keyed.jwks_uri) == (
        "private_key_jwt",
        "https://keyed.example.com/jwks.json",
    )
    assert "password" in lines["shop"]["without"]["grant_types"]
    assert lines["wild"]["outcome"] == "not_come"
    assert lines["wild"]["member"] == "redirect_uris"
    assert "pattern" in lines["wild"]["without"]["redirect_uris"]
    assert "saml" in lines["https://saml.example.com/metadata"]["why"]
    assert lines["api"]["outcome"] == "not_come"
    assert "account" not in lines  # Keycloak's own


def test_a_second_run_changes_nothing(brought: Brought) -> None:
    """Whoever came is known by the identifier there, and nothing of theirs is written again."""
    before = session().execute(select(Account.id, Account.updated_at, Account.password_hash).order_by(Account.id)).all()
    again = bring(Keycloak(REALM, "keycloak"))
    assert not again.done.counts.came
    came = brought.done.counts.came
    assert again.done.counts.known == {kind: came[kind] for kind in ("account", "client", "group", "role")}
    assert again.done.counts.not_come == brought.done.counts.not_come
    rows = select(Account.id, Account.updated_at, Account.password_hash).order_by(Account.id)
    assert session().execute(rows).all() == before


def test_a_dry_run_says_the_same_and_writes_nothing() -> None:
    """The lines are those of the run that writes, but for the subjects that are not given yet."""
    dry = bring(Keycloak(REALM, "keycloak"), dry_run=True)
    assert session().scalar(select(func.count()).select_from(Account)) == 0
    assert session().scalar(select(func.count()).select_from(AuditEvent)) == 0
    assert clients.get("shop") is None
    wet = bring(Keycloak(REALM, "keycloak"))
    assert dry.lines == [{name: value for name, value in line.items() if name != "sub"} for line in wet.lines]
    assert dry.done.counts == wet.done.counts


def test_subjects_can_be_kept() -> None:
    """Apps that know people by Keycloak's identifiers go on doing so, where an operator says it."""
    brought = bring(Keycloak(REALM, "keycloak"), keeps_subjects=True)
    for number, line in brought.of("account").items():
        if line["outcome"] == "came":
            assert line["sub"] == number
    assert account("ana").sub == "0e779e52-0643-43cf-a6ca-f117875d9c50"


def test_every_account_has_its_line_in_the_audit_log(brought: Brought) -> None:
    """One for each account, and one for the beginning and the end of the import, all with who did it."""
    query = select(AuditEvent.event, func.count()).group_by(AuditEvent.event)
    events = dict(session().execute(query).all())
    came = brought.done.counts.came
    assert events["account.imported"] == came["account"]
    assert events["client.registered"] == came["client"]
    assert events["import.started"] == events["import.finished"] == 1
    imported = session().scalars(select(AuditEvent).where(AuditEvent.event == "account.imported")).first()
    assert imported is not None
    assert (imported.actor, imported.detail["origin"]) == ("command line", "keycloak")
    ben = session().scalars(select(AuditEvent).where(AuditEvent.subject == account("ben").sub)).one()
    assert ben.detail == {"origin": "keycloak", "groups": "/engineering/backend"}
    assert (events["group.created"], events["role.created"]) == (3, 3)
