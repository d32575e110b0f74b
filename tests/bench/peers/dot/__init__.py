"""django-oauth-toolkit in a small Django project, on PostgreSQL, under gunicorn with two workers."""

import json
import shutil
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.bench import stores
from tests.bench.home import home, install_python
from tests.bench.peers.peer import PASSWORD, PEOPLE, REDIRECT_URI, Client, Peer, Site

HERE = Path(__file__).parent
SECRET = "d" * 43


class DjangoOauthToolkit(Peer):
    """What a Django shop would add to its site."""

    name = "django-oauth-toolkit, PostgreSQL"
    version = "3.4.1"
    needs = (sys.executable,)
    told = (
        "A Django project of one page under gunicorn, two workers of eight threads. It signs ID tokens alone, and with RS256 alone; access "
        "tokens are opaque. Client secrets are stored as they are, since its hash would be paid at each request. Argon2id as ours."
    )

    def install(self) -> None:
        """Install the pinned packages into an environment of their own."""
        install_python("dot", HERE / "requirements.txt")

    def start(self) -> None:
        """Migrate, make applications and people, and serve."""
        shutil.copy(HERE / "benchsite.py", self.directory)
        names = [f"person{number}" for number in range(PEOPLE)]
        database = stores.database("dot")
        code = {"authorization_grant_type": "authorization-code", "redirect_uris": REDIRECT_URI}
        told = {
            "database": {
                "HOST": database.host,
                "PORT": database.port,
                "NAME": database.name,
                "USER": database.user,
                "PASSWORD": database.password,
            },
            "rsa": _rsa(),
            "clients": [
                {"client_id": "web", "client_secret": SECRET, "client_type": "confidential", **code},
                {"client_id": "mobile", "client_type": "public", **code},
                {
                    "client_id": "machine",
                    "client_secret": SECRET,
                    "client_type": "confidential",
                    "authorization_grant_type": "client-credentials",
                },
            ],
            "people": names,
            "password": PASSWORD,
        }
        programs = home() / "dot" / ".venv" / "bin"
        environment = {"BENCH": json.dumps(told)}
        self.run([str(programs / "python"), "-c", "import benchsite; benchsite.prepare()"], environment)
        options = ["--workers", "2", "--worker-class", "gthread", "--threads", "8", "--bind", f"127.0.0.1:{self.port}"]
        process = self.serve([str(programs / "gunicorn"), *options, "benchsite:application"], environment)
        self.site = Site(
            port=self.port,
            discovery="/o/.well-known/openid-configuration",
            authorize="/o/authorize/",
            token="/o/token/",
            userinfo="/o/userinfo/",
            introspection="/o/introspect/",
            jwks="/o/.well-known/jwks.json",
            web=Client("web", SECRET),
            mobile=Client("mobile"),
            machine=Client("machine", SECRET),
            people=tuple({"username": name, "password": PASSWORD} for name in names),
            machine_scope="jobs",
        )
        self.first_answer = process.wait(f"http://127.0.0.1:{self.port}{self.site.discovery}")

    def stores(self) -> list[int]:
        """Return the cluster."""
        return [stores.cluster().pid]


def _rsa() -> str:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
