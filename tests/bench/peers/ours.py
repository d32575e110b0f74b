"""Gatehouse itself, as an operator starts it: `idp serve` with two workers, on PostgreSQL or on SQLite."""

import json
import sys
from pathlib import Path

from tests.bench import stores
from tests.bench.peers.peer import PASSWORD, PEOPLE, REDIRECT_URI, Client, Peer, Site

WORKERS = 2
SCOPE = "openid profile email offline_access"
IDP = str(Path(sys.executable).with_name("idp"))


class Ours(Peer):
    """What both have in common."""

    name = "Gatehouse"
    told = "Access tokens are JWTs (ES256) whose grant is looked up at each use; Argon2id with 19 MiB, two passes, one lane."

    def start(self) -> None:
        """Migrate, register clients and people with the command, and serve."""
        self.environment = {
            "IDP_BIND": f"127.0.0.1:{self.port}",
            "IDP_ISSUER": f"http://127.0.0.1:{self.port}",
            "IDP_DATA_DIR": str(self.directory / "instance"),
            "IDP_WORKERS": str(WORKERS),
            "IDP_TRUSTED_PROXIES": "1",
            **self.settings(),
        }
        self._idp("migrate")
        redirects = ("--redirect-uri", REDIRECT_URI, "--scope", SCOPE)
        web = self._client("web", "--id-token-alg", "ES256", *redirects)
        mobile = self._client("mobile", "--public", "--id-token-alg", "ES256", *redirects)
        machine = self._client("machine", "--grant", "client_credentials", "--scope", "jobs")
        people = tuple(f"person{number}@example.org" for number in range(PEOPLE))
        for email in people:
            self._idp("user", "create", "--email", email, "--password-stdin", "--verified", stdin=f"{PASSWORD}\n")
        self.site = Site(
            port=self.port,
            authorize="/oauth/authorize",
            token="/oauth/token",
            userinfo="/oauth/userinfo",
            introspection="/oauth/introspect",
            jwks="/.well-known/jwks.json",
            web=web,
            mobile=mobile,
            machine=machine,
            people=tuple({"username": email, "password": PASSWORD} for email in people),
            scope=SCOPE,
            machine_scope="jobs",
            redirect=303,
            is_behind_proxy=True,
        )
        process = self.serve([IDP, "serve"], self.environment)
        self.first_answer = process.wait(f"http://127.0.0.1:{self.port}{self.site.discovery}")

    def settings(self) -> dict[str, str]:
        """Return the settings of the database."""
        return {}

    def _client(self, name: str, *options: str) -> Client:
        told = json.loads(self._idp("client", "create", "--name", name, *options))
        return Client(told["client_id"], told.get("client_secret") or "")

    def _idp(self, *arguments: str, stdin: str = "") -> str:
        return self.run([IDP, *arguments], self.environment, stdin)


class OnPostgresql(Ours):
    """On PostgreSQL with durable commits."""

    name = "Gatehouse, PostgreSQL"

    def settings(self) -> dict[str, str]:
        """Name a database of its own."""
        return {"IDP_DATABASE_URL": stores.database("gatehouse").url("postgresql+psycopg")}

    def stores(self) -> list[int]:
        """Return the cluster."""
        return [stores.cluster().pid]


class OnSqlite(Ours):
    """On SQLite, write-ahead log, in a file on the disk."""

    name = "Gatehouse, SQLite"
