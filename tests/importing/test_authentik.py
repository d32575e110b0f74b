"""What authentik exports comes: a dump of its tables with everything, a blueprint and the list of its API without passwords."""

import base64
from pathlib import Path

import pyotp
import pytest

from idp.accounts import credentials, lookup
from idp.accounts.models import Account
from idp.base import clock
from idp.clients import service as clients
from idp.factors import service as factors
from idp.groups import lookup as groups
from idp.importing import running
from idp.importing.sources.authentik import Authentik
from tests.importing.arriving import EXPORTS, PASSWORD, Brought, bring

DUMP, BLUEPRINT, USERS = (EXPORTS / f"authentik-{name}" for name in ("dump.json", "blueprint.yaml", "users.json"))


def kay() -> Account:
    """Return the one person who is in every export."""
    found = lookup.find_by_email("kay@example.com")
    assert found is not None
    return found


def test_a_dump_brings_people_with_their_factors_and_clients() -> None:
    """Passwords, the app, static tokens as recovery codes; service accounts, passkeys, patterns and other protocols are told."""
    brought = bring(Authentik(DUMP, "authentik"))
    assert isinstance(credentials.check("kay", PASSWORD, source="192.0.2.1"), Account)
    assert (kay().given_name, kay().family_name) == ("Kay van", "Dyck")
    code = pyotp.TOTP(base64.b32encode(b"12345678901234567890").decode()).at(clock.now())
    assert factors.check_code(kay(), code, source="192.0.2.1") == ["otp"]
    assert factors.check_code(kay(), "Xk29LmQw81Zp", source="192.0.2.1") == ["otp"]
    lee = lookup.find_by_email("lee@example.com")
    assert lee is not None
    assert (lee.password_hash, lee.disabled_at is not None) == (None, True)
    assert set(brought.people()["kay"]["without"]) == {"attributes", "passkeys"}
    assert brought.done.counts.not_come == {"service account": 1, "client": 1}
    grafana = clients.find("grafana")
    assert grafana is not None
    assert grafana.check_client_secret("grafana-secret-of-thirty-two-characters")
    row = clients.get("grafana")
    assert row is not None
    assert (row.client_name, row.redirect_uris) == ("Grafana", ["https://grafana.example.com/login/generic_oauth"])
    lines = brought.of("client")
    assert "patterns" in lines["grafana"]["without"]["redirect_uris"]
    assert "SAML" in lines["Wiki by SAML"]["why"]
    (group,) = brought.of("group").values()
    assert (group["path"], set(group["without"])) == ("/authentik Admins", {"permissions"})
    assert [found.path for found, _member in groups.memberships(kay().id)] == ["/authentik Admins"]
    assert not kay().is_admin


def test_a_blueprint_and_the_users_of_the_api_hold_the_same_people() -> None:
    """Whichever way somebody came first, by the others the person is known."""
    first = bring(Authentik(BLUEPRINT, "authentik"))
    assert first.done.counts.came == {"account": 1, "client": 1}
    for path in (USERS, DUMP):
        assert bring(Authentik(path, "authentik")).done.counts.known["account"] == 1


def test_the_subjects_of_the_api_can_be_kept() -> None:
    """The list of the API tells the identifier that apps know people by."""
    bring(Authentik(USERS, "authentik"), keeps_subjects=True)
    assert kay().sub.startswith("4b9e2f1d7c0a8e6b")


@pytest.mark.parametrize(
    "text", ["entries: 5", "[1, 2", "entries:\n- a: [", "", "- 1", "{}", '{"entries": [1, null, {"model": 5}]}']
)
def test_what_is_no_export_is_told(text: str, tmp_path: Path) -> None:
    """Whatever the file is, it ends in a sentence or in entries that are none."""
    for suffix in (".yaml", ".json"):
        path = tmp_path / f"export{suffix}"
        path.write_text(text)
        told, brought = "", Brought()
        try:
            bring(Authentik(path, "authentik"), into=brought)
        except running.Stopped as stopped:
            told = stopped.why
        assert path.name in told or all(line["outcome"] == "not_come" for line in brought.lines)
