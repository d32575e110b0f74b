"""Who may ask, and for what: the administrators' interface lets nobody do more than the pages would."""

import pytest
from sqlalchemy import select

from idp.accounts.authority import granting
from idp.api.entries import READ, WRITE
from idp.audit import AuditEvent
from idp.base.database import session
from tests.api.calling import BASE, Program, lent_by, machine
from tests.factories import Person, Provider

READS = ["/people", "/events", "/invitations", "/jobs", "/signals", *(f"/{section}" for section in READ)]
WRITES = [
    ("POST", "/people/x/disable"), ("POST", "/people/x/remove-factors"), ("DELETE", "/people/x"), ("POST", "/invitations"),
    *((m, f"/people/x/{kind}/x") for kind in ("groups", "owned-groups", "roles", "clients") for m in ("PUT", "DELETE")),
    ("POST", "/jobs"), ("POST", "/jobs/1/stop"), ("POST", "/signals/x/pause"), ("POST", "/signals/x/enable"), ("DELETE", "/signals/x"),
    ("POST", "/invitations/1/resend"), ("DELETE", "/invitations/1"),
    *((method, f"/{section}/x") for section in WRITE for method in ("PUT", "DELETE")),
]  # fmt: skip


def holder(provider: Provider, role: str) -> Person:
    """Somebody with a role of administrators."""
    person = provider.person(f"{role}@example.org")
    with provider.account(person) as account:
        granting.give(account, role, by="the tests")
    return person


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer x"}])
def test_without_a_good_token_nobody_is_let_in(provider: Provider, headers: dict[str, str]) -> None:
    """Every address answers 401 with a challenge and a problem document, before it looks at anything."""
    for method, path in [*(("GET", path) for path in READS), *WRITES]:
        answer = provider.app.test_client().open(f"{BASE}{path}", method=method, headers=headers, json={})
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), path
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="api"')


def test_a_token_without_the_scope_is_refused_and_recorded(provider: Provider) -> None:
    """Neither a client's token nor an owner's opens anything without the scope; the log has the cause."""
    owner = provider.person("owner@example.org", is_admin=True)
    for program in (machine(provider, "other"), lent_by(provider, owner, "profile")):
        assert "lacks the scope admin" in program.refused("GET", "/people", status=403)[""]
    with provider.working():
        query = select(AuditEvent.detail).where(AuditEvent.event == "request.refused")
        assert {detail["cause"] for detail in session().scalars(query)} == {"access_token_without_admin"}


def test_what_only_reads_changes_nothing(provider: Provider) -> None:
    """With `admin.read` every list is told, and every change is 403."""
    program = machine(provider, "admin.read")
    for path in READS:
        assert program.ask("GET", path)["items"] is not None
    for method, path in WRITES:
        program.refused(method, path, {}, status=403)


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("help-desk", ["/people"], ["/clients", "/events", "/policies", "/groups", "/providers"]),
        ("clients", ["/clients", "/scopes", "/events"], ["/people", "/groups", "/policies", "/invitations"]),
        ("people", ["/people", "/groups", "/roles", "/events"], ["/clients", "/policies", "/providers"]),
    ],
)
def test_a_persons_token_permits_what_the_person_may(
    provider: Provider, role: str, may: list[str], may_not: list[str]
) -> None:
    """Each role opens what its pages show and nothing else, and stops when it is withdrawn."""
    person = holder(provider, role)
    program = lent_by(provider, person)
    for path in may:
        program.ask("GET", path)
    for path in may_not:
        assert "does not permit" in program.refused("GET", path, status=403)[""]
    with provider.account(person) as account:
        granting.withdraw(account, role, actor=None)
    program.refused("GET", may[0], status=403)


def test_nobody_acts_on_whoever_may_more(provider: Provider, robot: Program) -> None:
    """A people administrator disables no owner, and neither does a client, whose token gives no administrators' rights."""
    owner = provider.person("owner@example.org", is_admin=True)
    for program in (robot, lent_by(provider, holder(provider, "people"))):
        for act in ("disable", "sign-out", "start-reset", "remove-factors"):
            program.refused("POST", f"/people/{owner.sub}/{act}", status=403)
        program.refused("DELETE", f"/people/{owner.sub}", status=403)


@pytest.mark.parametrize("scope", ["admin", "openid admin.read", "scim"])
def test_nobody_makes_a_client_that_may_more(provider: Provider, scope: str) -> None:
    """A client administrator neither makes a client with a powerful scope, nor changes, takes over or deletes one."""
    program = lent_by(provider, holder(provider, "clients"))
    body = {"client_name": "Sly", "scope": scope, "grant_types": ["client_credentials"]}
    program.refused("PUT", "/clients/sly", body, status=403)
    provider.client(client_id="strong", scope=scope, grant_types=["client_credentials"], redirect_uris=[])
    weaker = body | {"scope": "other", "client_secret": "a secret of one's own choice"}
    program.refused("PUT", "/clients/strong", weaker, status=403)
    program.refused("DELETE", "/clients/strong", status=403)
    program.ask("PUT", "/clients/sly", body | {"scope": "other"}, status=201)
    program.refused("PUT", "/clients/sly", body, status=403)


def test_a_client_makes_no_client_like_itself(provider: Provider, robot: Program) -> None:
    """A client's own token lets no other client have the scope `admin`, which is for owners to give."""
    body = {"client_name": "Twin", "scope": "admin", "grant_types": ["client_credentials"]}
    robot.refused("PUT", "/clients/twin", body, status=403)
    owner = lent_by(provider, provider.person("owner@example.org", is_admin=True))
    assert owner.ask("PUT", "/clients/twin", body, status=201)["scope"] == "admin"


def test_nobody_trusts_more_than_they_may(provider: Provider) -> None:
    """A client administrator trusts programs, but none that is a powerful client, and nobody who speaks of people."""
    program = lent_by(provider, holder(provider, "clients"))
    owner = lent_by(provider, provider.person("owner@example.org", is_admin=True))
    for client_id, scope in (("plain", "read"), ("strong", "scim")):
        provider.client(client_id=client_id, scope=scope, grant_types=["client_credentials"], redirect_uris=[])
    harmless = {"workloads": [{"client_id": "plain", "sub": "a"}]}
    program.ask("PUT", "/issuers/https://plain.example", harmless, status=201)
    for number, body in enumerate(
        (
            {"workloads": [{"client_id": "strong", "sub": "a"}]},
            {"grant_profiles": ["jwt"], "clients": ["plain"], "account_member": "email"},
        )
    ):
        path = f"/issuers/https://{number}.example"
        program.refused("PUT", path, body, status=403)
        program.refused("PUT", "/issuers/https://plain.example", body, status=403)
        owner.ask("PUT", path, body, status=201)
        program.refused("PUT", path, harmless, status=403)
