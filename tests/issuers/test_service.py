"""Trusted issuers: which there may be, what a process knows of them, and what becomes of them when a client goes."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from idp.base.database import commit, session
from idp.clients import service as clients
from idp.issuers import known, service
from idp.issuers.definition import EMAIL, Definition, Workload, check, of, read, read_line, tell, tidy, write_line
from tests.factories import Provider
from tests.spec.rfc7523.issuing import KEYS
from tests.support.events import search as events_of

CLUSTER = Definition("https://cluster.example", "Cluster", account_member=EMAIL)
SPIFFE = replace(CLUSTER, issuer="spiffe://example.org", jwks=KEYS)
GRANTING = {"grant_profiles": ("jwt",), "clients": ("shop",)}


@pytest.mark.parametrize(
    ("changed", "member"),
    [
        ({"issuer": ""}, "issuer"),
        ({"issuer": "cluster.example"}, "issuer"),
        ({"issuer": "http://cluster.example"}, "issuer"),
        ({"issuer": "https://cluster.example/?tenant=a"}, "issuer"),
        ({"issuer": "https://cluster.example/#a"}, "issuer"),
        ({"issuer": "https://[half/"}, "issuer"),
        ({"issuer": "https://cluster.example/" + "a" * 500}, "issuer"),
        ({"issuer": "spiffe://example.org/path", "jwks": KEYS}, "issuer"),
        ({"issuer": "spiffe://", "jwks": KEYS}, "issuer"),
        ({"issuer": "spiffe://example.org"}, "jwks_uri"),
        ({"issuer": "spiffe://example.org", "jwks": KEYS} | GRANTING, "grant_profiles"),
        ({"issuer_name": "turned \u202e name"}, "issuer_name"),
        ({"issuer_name": "n" * 101}, "issuer_name"),
        ({"jwks_uri": "http://cluster.example/keys"}, "jwks_uri"),
        ({"jwks_uri": "https://cluster.example/keys", "jwks": KEYS}, "jwks"),
        ({"jwks": {}}, "jwks"),
        ({"jwks": {"keys": []}}, "jwks"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "jwks"),
        ({"clients": ("a b",)}, "clients"),
        ({"clients": tuple(f"c{number}" for number in range(201))}, "clients"),
        ({"grant_profiles": ("jwt",)}, "clients"),
        ({"grant_profiles": ("paper",), "clients": ("shop",)}, "grant_profiles"),
        ({"workloads": (Workload("shop", ""),)}, "workloads"),
        ({"workloads": (Workload("", "sub"),)}, "workloads"),
        ({"workloads": (Workload("shop", "a\0b"),)}, "workloads"),
        ({"workloads": (Workload("shop", "s" * 501),)}, "workloads"),
        ({"workloads": (Workload("shop", "a"), Workload("shop", "a"))}, "workloads"),
        ({"workloads": tuple(Workload("shop", str(number)) for number in range(501))}, "workloads"),
        ({"scope": 'a"b'}, "scope"),
        ({"scope": "offline_access"}, "scope"),
        ({"scope": "read admin"}, "scope"),
        ({"scope": "scim"}, "scope"),
        ({"scope": " ".join(f"s{number:03}" for number in range(201))}, "scope"),
        ({"account_claim": ""}, "account_claim"),
        ({"account_claim": "c" * 101}, "account_claim"),
        ({"account_member": "shoe"}, "account_member"),
        ({"account_member": "identity"} | GRANTING, "provider"),
        ({"audiences": ("a\nb",)}, "audiences"),
        ({"audiences": tuple(f"https://{number}.example" for number in range(21))}, "audiences"),
        ({"email_domains": ("",)}, "email_domains"),
    ],
)
def test_what_is_wrong_names_its_member(app: Flask, changed: dict[str, Any], member: str) -> None:
    """Whatever is wrong with a definition is refused with the member and a sentence."""
    with app.test_request_context():
        refusals = check(tidy(replace(CLUSTER, **changed)))
        assert {refused.field for refused in refusals} == {member}
        assert all(refused.detail for refused in refusals)


def test_our_own_issuer_is_refused(app: Flask) -> None:
    """What this server issued is no reason to issue more, however its address is written; others with a path or a port may be trusted."""
    with app.test_request_context():
        own = app.extensions["idp.settings"].issuer
        for issuer in (own, f"{own}/"):
            assert [refused.field for refused in check(tidy(replace(CLUSTER, issuer=issuer)))] == ["issuer"]
        for good in (CLUSTER, SPIFFE, replace(CLUSTER, issuer="https://login.example:8443/tenant/v2.0/")):
            assert check(tidy(good)) == []


def test_members_come_back_as_they_went() -> None:
    """A definition survives its JSON, and a program its line; a name that is left out is that of the host or the trust domain."""
    full = replace(
        CLUSTER,
        audiences=("a", "b"),
        email_domains=("example.org",),
        workloads=(Workload("shop", "repo:a/b:ref:refs/heads/main"), Workload("shop", "with spaces in it")),
    )
    assert read(tell(full)) == full
    assert [read_line(write_line(one)) for one in full.workloads] == list(full.workloads)
    names = [
        tidy(Definition(issuer)).issuer_name for issuer in ("https://a.example/x", "spiffe://example.org", "https://[")
    ]
    assert names == ["a.example", "example.org", "https://["]


def test_what_is_named_is_there(provider: Provider) -> None:
    """Clients and the sign-in provider that are named must be there; each that is not is told at its member."""
    with provider.working():
        wanted = replace(CLUSTER, clients=("gone",), workloads=(Workload("nowhere", "a"),), provider="nobody")
        refusals = service.create(wanted, actor="root")
        assert isinstance(refusals, list)
        assert [(refused.field, refused.detail) for refused in refusals] == [
            ("clients", "There is no client gone."),
            ("workloads", "There is no client nowhere."),
            ("provider", "There is no sign-in provider nobody."),
        ]
        assert not isinstance(service.create(replace(CLUSTER, provider="google"), actor="root"), list)
        twice = service.create(CLUSTER, actor="root")
        assert isinstance(twice, list)
        assert twice[0].field == "issuer"


def test_a_process_knows_them_at_once(app: Flask) -> None:
    """From the commit on an issuer is found by its identifier to the letter, or by a SPIFFE ID of its trust domain, until it is deleted."""
    with app.test_request_context():
        assert known.find(CLUSTER.issuer) is None
        row, other = service.create(CLUSTER, actor="root"), service.create(SPIFFE, actor="root")
        assert not isinstance(row, list)
        assert not isinstance(other, list)
        commit()
        assert known.find(CLUSTER.issuer) == CLUSTER
        assert known.find(CLUSTER.issuer + "/") is None
        assert known.find_of({"sub": "spiffe://example.org/ns/a"}) == SPIFFE
        for foreign in ("spiffe://example.org.evil.example/a", "spiffe://[", "spiffe://", "x", 7, None):
            assert known.find_of({"iss": foreign, "sub": foreign}) is None
        assert not known.takes("jwt")
        service.remove(row, actor="root")
        commit()
        assert known.find(CLUSTER.issuer) is None
        (event,) = session().scalars(events_of("issuer.deleted"))
        assert event.detail["issuer"] == CLUSTER.issuer
        assert event.changes is not None
        assert event.changes["issuer_name"] == ["Cluster", None]


def test_a_client_that_goes_leaves_them(provider: Provider) -> None:
    """A client that is deleted is in no issuer any more, so that whoever gets its identifier next has nothing of it."""
    gone, stays = provider.client().client_id, provider.client().client_id
    with provider.working():
        wanted = replace(
            CLUSTER,
            clients=(gone, stays),
            grant_profiles=("jwt",),
            workloads=(Workload(gone, "a"), Workload(stays, "b")),
        )
        assert not isinstance(service.create(wanted, actor="root"), list)
    with provider.working():
        assert {row.issuer for row in service.of_client(gone)} == {CLUSTER.issuer}
        row = clients.get(gone, for_change=True)
        assert row is not None
        clients.remove(row, actor="root")
    with provider.working():
        found = service.find(CLUSTER.issuer)
        assert found is not None
        assert (of(found).clients, of(found).workloads) == ((stays,), (Workload(stays, "b"),))
        (event,) = session().scalars(events_of("issuer.changed"))
        assert event.changes == {
            "clients": [[gone, stays], [stays]],
            "workloads": [[f"{gone} a", f"{stays} b"], [f"{stays} b"]],
        }


def test_there_is_a_most(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than there may be is refused."""
    monkeypatch.setattr(service, "MOST", 1)
    with app.test_request_context():
        assert not isinstance(service.create(CLUSTER, actor="root"), list)
        refusals = service.create(SPIFFE, actor="root")
        assert isinstance(refusals, list)
        assert "no more are kept" in (refusals[0].detail or "")
