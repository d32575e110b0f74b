"""Gatehouse itself, as an operator starts it: `idp serve` with two workers, on PostgreSQL or on SQLite."""

import json
import secrets
import sys
from pathlib import Path

import psycopg

from tests.bench import stores
from tests.bench.peers.peer import PASSWORD, PEOPLE, REDIRECT_URI, Client, Peer, Site
from tests.bench.wings import DEVICE_GRANT, EXCHANGE_GRANT

WORKERS = 2
SECRET = "one secret for every run on a filled database"
SCOPE = "openid profile email offline_access"
IDP = str(Path(sys.executable).with_name("idp"))


class Ours(Peer):
    """What both have in common."""

    name = "Gatehouse"
    lacks = frozenset()
    tag = ""  # sets the people of this run apart where the database holds those of others
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
        self._idp("purge")  # what has expired in a filled database, which the server would delete meanwhile
        redirects = ("--redirect-uri", REDIRECT_URI, "--scope", SCOPE)
        grants = ("authorization_code", "refresh_token", DEVICE_GRANT)
        web = self._client("web", "--id-token-alg", "ES256", *redirects, *_each("--grant", grants))
        backend = self._client(
            "backend", *_each("--grant", ("client_credentials", EXCHANGE_GRANT)), "--scope", "profile email"
        )
        self._idp("client", "allow-exchange", backend.client_id, "--subject", web.client_id, "--scope", "profile email")
        mobile = self._client("mobile", "--public", "--id-token-alg", "ES256", *redirects)
        machine = self._client("machine", "--grant", "client_credentials", "--scope", "jobs")
        people = tuple(f"person{number}{self.tag}@example.org" for number in range(PEOPLE))
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
            par="/oauth/par",
            device="/oauth/device",
            backend=backend,
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


def _each(option: str, values: tuple[str, ...]) -> list[str]:
    return [word for value in values for word in (option, value)]


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


class Seeded(Ours):
    """On a database that `make seed` has filled, whose rows stay; of PostgreSQL or SQLite."""

    name = "Gatehouse, seeded"

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url, self.tag = url, f"-{secrets.token_hex(4)}"

    def settings(self) -> dict[str, str]:
        """Name the database, and the secret with which its keys are sealed."""
        return {"IDP_DATABASE_URL": self._url, "IDP_SECRET_KEY": SECRET}

    def stores(self) -> list[int]:
        """Return the cluster, where it runs on this machine."""
        if self._url.startswith("sqlite"):
            return []
        with psycopg.connect(self._url.replace("+psycopg", "", 1)) as connection:
            row = connection.execute("SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int").fetchone()
        return [row[0]] if row is not None and Path(f"/proc/{row[0]}").exists() else []


class Beside(Seeded):
    """On an empty database of the same server as a seeded one."""

    name = "Gatehouse, empty"

    def __init__(self, url: str) -> None:
        server, _slash, _name = url.rpartition("/")
        name = f"beside_{secrets.token_hex(4)}"
        if url.startswith("sqlite"):
            super().__init__(f"{server}/{name}.db")
            return
        with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'".encode())
        super().__init__(f"{server}/{name}")

    def stop(self) -> None:
        """End the server and remove its database."""
        super().stop()
        if self._url.startswith("sqlite"):
            for file in Path(self._url.removeprefix("sqlite:///")).parent.glob(f"{self._url.rpartition('/')[2]}*"):
                file.unlink()
            return
        server, _slash, name = self._url.rpartition("/")
        with psycopg.connect(f"{server.replace('+psycopg', '', 1)}/postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
