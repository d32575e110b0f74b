"""`idp issuer`."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.spec.rfc7523.issuing import KEYS

Command = Callable[..., str]
CLUSTER = "https://cluster.example"


def test_issuers_by_command(command: Command, tmp_path: Path) -> None:
    """Trusted, listed, shown, changed and deleted by command; what is wrong names the member, and the end is asked for."""
    assert command("issuer", "list") == ""
    client = ("client", "create", "--name", "Orders", "--grant", "client_credentials", "--auth-method", "federated_jwt")
    client_id = json.loads(command(*client))["client_id"]
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(KEYS))
    made = json.loads(
        command("issuer", "create", CLUSTER, "--jwks-file", str(file), "--workload", f"{client_id} system:serviceaccount:a:b")
    )  # fmt: skip
    assert made["workloads"] == [{"client_id": client_id, "sub": "system:serviceaccount:a:b"}]
    assert (made["issuer_name"], made["jwks"], made["jwks_uri"]) == ("cluster.example", KEYS, None)
    assert "already" in command("issuer", "create", CLUSTER, fails=True)
    assert "issuer:" in command("issuer", "create", "cluster", fails=True)
    assert "clients:" in command("issuer", "create", "https://b.example", "--take-as", "jwt", fails=True)
    assert "workloads: There is no client x" in command("issuer", "update", CLUSTER, "--workload", "x y", fails=True)
    assert json.loads(command("issuer", "list")) == made
    people = ("--take-as", "id-jag", "--client", client_id, "--account-claim", "email", "--account-member", "email")
    changed = json.loads(
        command("issuer", "update", CLUSTER, "--jwks-uri", "https://cluster.example/keys", *people, "--scope", "read")
    )
    assert changed == made | {
        "jwks": None, "jwks_uri": "https://cluster.example/keys", "grant_profiles": ["id-jag"], "clients": [client_id],
        "account_claim": "email", "account_member": "email", "scope": "read",
    }  # fmt: skip
    file.write_text("[]")
    assert "jwks:" in command("issuer", "update", CLUSTER, "--jwks-file", str(file), fails=True)
    assert json.loads(command("issuer", "update", CLUSTER, "--jwks-uri", ""))["jwks_uri"] is None
    assert "at least one" in command("issuer", "update", CLUSTER, fails=True)
    assert json.loads(command("issuer", "show", CLUSTER)) == changed | {"jwks_uri": None}
    assert "--yes" in command("issuer", "delete", CLUSTER, fails=True)
    command("issuer", "delete", CLUSTER, "--yes")
    assert "issuer:" in command("issuer", "show", CLUSTER, fails=True)
