"""Keycloak on PostgreSQL, as its own start script runs it in production, on plain HTTP and alone."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

from tests.bench import stores
from tests.bench.home import home
from tests.bench.peers.peer import PASSWORD, PEOPLE, REDIRECT_URI, Client, Peer, Site

HERE = Path(__file__).parent
SECRET = "k" * 43
# The options of its Argon2, set to what ours costs: 19 MiB, two passes, one lane (its own default is 7 MiB and five passes).
HASH = {"memory": 19456, "iterations": 2, "parallelism": 1}


class Keycloak(Peer):
    """Two realms, since whether a refresh token is replaced is a realm's setting."""

    name = "Keycloak, PostgreSQL"
    version = "26.7.3"
    needs = ("java", "mvn")
    told = (
        "One process with threads, as it is run in production, at most 1 GiB of heap. Access tokens are JWTs (ES256) whose session is "
        "looked up in its caches. Argon2id with the same cost as ours (its default is 7 MiB, five passes)."
    )

    def install(self) -> None:
        """Fetch the distribution with Maven, unpack it, and build it for PostgreSQL."""
        place = home() / "keycloak"
        place.mkdir(exist_ok=True)
        if (place / "version").exists() and (place / "version").read_text() == self.version:
            return
        artifact = f"org.keycloak:keycloak-quarkus-dist:{self.version}:zip"
        self.run(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={place}"])
        shutil.rmtree(self._place, ignore_errors=True)
        with zipfile.ZipFile(place / f"keycloak-quarkus-dist-{self.version}.zip") as archive:
            archive.extractall(place)
        self.run(["nice", "sh", str(self._place / "bin" / "kc.sh"), "build", "--db=postgres", "--cache=local"])
        (place / "version").write_text(self.version)

    def start(self) -> None:
        """Import the realms, which makes the tables as well; start once, to be measured."""
        for realm in ("keeping", "rotating"):
            self._write(realm)
        program = ["sh", str(self._place / "bin" / "kc.sh")]
        database = stores.database("keycloak")
        environment = {
            "KC_DB": "postgres",
            "KC_DB_URL": f"jdbc:postgresql://{database.host}:{database.port}/{database.name}",
            "KC_DB_USERNAME": database.user,
            "KC_DB_PASSWORD": database.password,
            "JAVA_OPTS_KC_HEAP": "-Xms128m -Xmx1g",
        }
        self.run([*program, "import", "--optimized", "--dir", str(self.directory)], environment)
        options = [f"--spi-password-hashing--argon2--{name}={value}" for name, value in HASH.items()]
        options += ["--http-enabled=true", "--http-host=127.0.0.1", f"--http-port={self.port}", "--log-level=warn"]
        process = self.serve(
            [*program, "start", "--optimized", f"--hostname=http://127.0.0.1:{self.port}", *options], environment
        )
        self.site = Site(
            port=self.port,
            discovery="/realms/keeping/.well-known/openid-configuration",
            authorize="/realms/{realm}/protocol/openid-connect/auth",
            token="/realms/{realm}/protocol/openid-connect/token",
            userinfo="/realms/keeping/protocol/openid-connect/userinfo",
            introspection="/realms/keeping/protocol/openid-connect/token/introspect",
            jwks="/realms/keeping/protocol/openid-connect/certs",
            web=Client("web", SECRET, "keeping"),
            mobile=Client("mobile", realm="rotating"),
            machine=Client("machine", SECRET, "keeping"),
            people=tuple({"username": f"person{number}", "password": PASSWORD} for number in range(PEOPLE)),
        )
        self.first_answer = process.wait(f"http://127.0.0.1:{self.port}{self.site.discovery}", 180)

    def stores(self) -> list[int]:
        """Return the cluster."""
        return [stores.cluster().pid]

    @property
    def _place(self) -> Path:
        return home() / "keycloak" / f"keycloak-{self.version}"

    def _write(self, realm: str) -> None:
        text = (HERE / "realm.json").read_text()
        filled = text.replace("{realm}", realm).replace("{secret}", SECRET).replace("{redirect}", REDIRECT_URI)
        told: dict[str, Any] = json.loads(filled.replace('"{rotates}"', json.dumps(realm == "rotating")))
        told["users"] = [
            {
                "username": f"person{number}",
                "email": f"person{number}@example.org",
                "emailVerified": True,
                "firstName": "Ann",
                "lastName": f"Bench {number}",
                "enabled": True,
                "credentials": [{"type": "password", "value": PASSWORD}],
            }
            for number in range(PEOPLE)
        ]
        (self.directory / f"{realm}-realm.json").write_text(json.dumps(told))
