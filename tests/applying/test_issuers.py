"""Trusted issuers in a file: brought, exported, changed, refused with the place, and deleted."""

from idp.issuers import service
from idp.issuers.definition import Workload, of
from tests.applying.bringing import actions, bring, export, refusals
from tests.factories import Provider

FILE = """\
name: trust
clients:
- client_id: orders
  client_name: Orders
  grant_types: [client_credentials]
  scope: orders.read
  token_endpoint_auth_method: federated_jwt
issuers:
- issuer: https://cluster.example
  issuer_name: Cluster
  jwks: {keys: [{kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo, kid: "0777"}]}
  workloads:
  - {client_id: orders, sub: "system:serviceaccount:shop:orders"}
- issuer: spiffe://example.org
  jwks_uri: https://spire.example/keys
- issuer: https://login.corp.example
  audiences: [https://api.example/]
  grant_profiles: [id-jag]
  clients: [orders]
  scope: orders.read
  account_claim: email
  account_member: email
  email_domains: [corp.example]
"""
ENTRIES = ["issuers/https://cluster.example", "issuers/spiffe://example.org", "issuers/https://login.corp.example"]


def test_issuers_come_and_go_by_a_file(provider: Provider) -> None:
    """A file brings them after the clients that they name, changes nothing a second time, is exported again, and prunes them with these."""
    assert actions(bring(provider, FILE)) == ["created clients/orders", *(f"created {entry}" for entry in ENTRIES)]
    assert actions(bring(provider, FILE, prune=True)) == []
    assert actions(bring(provider, export(provider))) == []
    with provider.working():
        row = service.find("https://cluster.example")
        assert row is not None
        assert of(row).workloads == (Workload("orders", "system:serviceaccount:shop:orders"),)
    changed = FILE.replace("  account_member: email\n", "  account_member: username\n").replace(
        "  issuer_name: Cluster\n", ""
    )
    assert actions(bring(provider, changed)) == [f"changed {ENTRIES[0]}", f"changed {ENTRIES[2]}"]
    assert len(actions(bring(provider, "name: trust\n", "yes", prune=True))) == 4
    with provider.working():
        assert service.find("https://cluster.example") is None


def test_what_is_wrong_has_its_place(provider: Provider) -> None:
    """What is refused is told with line and member, and nothing of the file is done."""
    wrong = FILE.replace("client_id: orders, sub", "client_id: gone, sub").replace(
        "spiffe://example.org", "spiffe://example.org/x"
    )
    wrong = wrong.replace("  scope: orders.read\n  account_claim", "  scope: openid-x admin\n  account_claim")
    assert refusals(bring(provider, wrong)) == [
        "12 issuers[0].workloads: There is no client gone.",
        "14 issuers[1].issuer: A trust domain is written as spiffe://example.org, without a path.",
        "20 issuers[2].scope: The scope admin is given to nobody on another server's word.",
    ]
    with provider.working():
        assert list(service.of_client("orders")) == []
