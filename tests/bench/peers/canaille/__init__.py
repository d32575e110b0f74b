"""Canaille on PostgreSQL: Flask and Authlib, as we are, under hypercorn with two workers."""

import json
import sys
from pathlib import Path

from joserfc.jwk import ECKey, RSAKey

from tests.bench import stores
from tests.bench.home import home, install_python
from tests.bench.peers.peer import NEWER, PASSWORD, PEOPLE, REDIRECT_URI, Client, Peer, Site

HERE = Path(__file__).parent
SECRET = "c" * 43


class Canaille(Peer):
    """The nearest relative: server-rendered, in Python."""

    name = "Canaille, PostgreSQL"
    version = "0.3.6"
    needs = (sys.executable,)
    told = (
        "Flask and Authlib under hypercorn, two workers. Access tokens are opaque for people and machines alike; ID tokens are signed with "
        "ES256. Argon2id with the same cost as ours. Refresh tokens are always replaced; applications are trusted, so that nobody consents."
    )
    lacks = frozenset({"refresh", *NEWER})

    def install(self) -> None:
        """Install the pinned package into an environment of its own."""
        install_python("canaille", HERE / "requirements.txt")

    def start(self) -> None:
        """Migrate, make clients and people with its command, and serve."""
        self._program = str(home() / "canaille" / ".venv" / "bin" / "canaille")
        self._configure()
        self._canaille("db", "upgrade")
        shared = ("--redirect-uris", REDIRECT_URI, "--response-types", "code", "--client-uri", "http://127.0.0.1")
        shared += ("--id-token-signed-response-alg", "ES256")
        codes = ("--grant-types", "authorization_code", "--grant-types", "refresh_token")
        scopes = tuple(word for scope in ("openid", "profile", "email") for word in ("--scope", scope))
        web = ("--client-id", "web", "--client-secret", SECRET, "--token-endpoint-auth-method", "client_secret_basic")
        mobile = ("--client-id", "mobile", "--token-endpoint-auth-method", "none")
        machine = ("--client-id", "machine", "--client-secret", SECRET, "--grant-types", "client_credentials")
        for told in (web + codes, mobile + codes, (*machine, "--token-endpoint-auth-method", "client_secret_basic")):
            made = json.loads(self._canaille("create", "client", "--client-name", told[1], *shared, *scopes, *told))
            self._canaille("set", "client", made["id"], "--audience", made["id"])  # or it may not introspect
        for number in range(PEOPLE):
            name = (
                "--user-name",
                f"person{number}",
                "--family-name",
                f"Bench {number}",
                "--formatted-name",
                "Ann Bench",
            )
            self._canaille("create", "user", *name, "--emails", f"person{number}@example.org", "--password", PASSWORD)
        process = self.serve(
            [self._program, "run", "--bind", f"127.0.0.1:{self.port}", "--workers", "2"], self._settings
        )
        self.site = Site(
            port=self.port,
            authorize="/oauth/authorize",
            token="/oauth/token",
            userinfo="/oauth/userinfo",
            introspection="/oauth/introspect",
            jwks="/oauth/jwks.json",
            web=Client("web", SECRET),
            mobile=Client("mobile"),
            machine=Client("machine", SECRET),
            people=tuple({"login": f"person{number}", "password": PASSWORD} for number in range(PEOPLE)),
        )
        self.first_answer = process.wait(f"http://127.0.0.1:{self.port}{self.site.discovery}")

    def stores(self) -> list[int]:
        """Return the cluster."""
        return [stores.cluster().pid]

    @property
    def _settings(self) -> dict[str, str]:
        return {"CANAILLE_CONFIG": str(self.directory / "canaille.toml"), "PYTHONUNBUFFERED": "1"}

    def _canaille(self, *arguments: str) -> str:
        return self.run([self._program, *arguments], self._settings)

    def _configure(self) -> None:
        keys = (
            ECKey.generate_key("P-256", private=True),
            RSAKey.generate_key(2048, private=True),
        )  # it insists on RSA, too
        tables = []
        for key in keys:
            key.ensure_kid()
            tables.append(
                "{" + ", ".join(f'{name} = "{value}"' for name, value in key.as_dict(private=True).items()) + "}"
            )
        text = (HERE / "canaille.toml").read_text()
        for name, value in {
            "{port}": str(self.port),
            "{database}": stores.database("canaille").url("postgresql+psycopg"),
            "{keys}": ", ".join(tables),
        }.items():
            text = text.replace(name, value)
        (self.directory / "canaille.toml").write_text(text)
