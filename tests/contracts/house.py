"""What the tests of the older interfaces talk to: a running server on either database, its mail, people, and an HTTP client.

Preconditions are set up by the services, in this process and on the server's own database; what a test is about goes over HTTP.
"""

import itertools
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from idp import create_app
from idp.contracts.openapi import document
from tests.conftest import SECRET_KEY, dispose, make_settings, migrate
from tests.contracts import description
from tests.factories import PASSWORD, Person, Provider
from tests.support import services, smtp
from tests.support.serving import RunningServer, serve
from tests.support.smtp import CaughtMail, SmtpServer

ADMIN_KEY = "an administrator's key of the tests"
LISTED_ORIGIN, OTHER_LISTED_ORIGIN = "https://front.example", "https://app.example"

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Member(Person):
    """Somebody with an account and a username."""

    username: str = ""


@dataclass
class Letter:
    """A caught mail, read as its addressee and the callers of the older interfaces read it."""

    mail: CaughtMail

    @property
    def subject(self) -> str:
        """The subject line."""
        return self.mail.subject

    @property
    def text(self) -> str:
        """The plain text."""
        return self.mail.text

    @property
    def link(self) -> str:
        """The one link with a secret."""
        (link,) = re.findall(r"http\S+[?&]token=\S+", self.text)
        return str(link)

    @property
    def token(self) -> str:
        """The secret of the link: its query member `token`."""
        return parse_qs(urlsplit(self.link).query)["token"][0]

    @property
    def digits(self) -> str:
        """The one run of six digits."""
        (code,) = re.findall(r"(?<![A-Za-z0-9])[0-9]{6}(?![A-Za-z0-9])", self.text)
        return str(code)

    @property
    def code(self) -> str:
        """The one run of six capitals and digits."""
        (code,) = re.findall(r"(?<![A-Za-z0-9])[A-Z0-9]{6}(?![A-Za-z0-9])", self.text)
        return str(code)


@dataclass
class House:
    """A running server, its SMTP server, and a provider in this process on the same database."""

    backend: str
    server: RunningServer
    provider: Provider
    mails: SmtpServer

    @property
    def url(self) -> str:
        """The server's base URL, which is its issuer too."""
        return self.server.url

    def member(self, name: str = "ann", *, verified: bool = True, **columns: Any) -> Member:
        """Add somebody with a username and an address that nobody else has, and the password of all tests."""
        username = new_name(name)
        email = f"{username}@example.org"
        person = self.provider.person(email, verified=verified, **({"username": username} | columns))
        return Member(person.id, person.sub, email, PASSWORD, columns.get("username", username))

    def letters(self, address: str) -> list[Letter]:
        """Return what has been delivered to an address so far, oldest first."""
        return [Letter(mail) for mail in self.mails.messages if address in mail.recipients]

    def letter(self, address: str, count: int = 1, *, subject: str = "", seconds: float = 15) -> Letter:
        """Wait for the mail number `count` to an address (among those whose subject contains `subject`), and return it."""
        deadline = time.monotonic() + seconds
        while True:
            found = [letter for letter in self.letters(address) if subject.lower() in letter.subject.lower()]
            if len(found) >= count:
                return found[count - 1]
            subjects = [letter.subject for letter in self.letters(address)]
            assert time.monotonic() < deadline, f"{len(found)} of {count} mails to {address} arrived: {subjects}"
            time.sleep(0.02)

    def caller(self, **headers: str) -> "Caller":
        """Return a new HTTP client, at a source address of its own, that sends these headers each time."""
        return Caller(self.url, headers)


class Caller:
    """A small HTTP client: it keeps cookies, follows no redirects, and comes from an address that nobody else uses.

    Every answer has to be one that the published description tells.
    Failures are counted by source, so that tests which shared one would hold each other up.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers.update({"Accept": "*/*", **(headers or {})})
        self.move()

    def move(self) -> None:
        """Come from another source address from now on."""
        number = next(_numbers)
        self.http.headers["X-Forwarded-For"] = f"10.{number // 250 % 250}.{number % 250}.{os.getpid() % 250 + 1}"

    def ask(self, method: str, path: str, *, token: str | None = None, **options: Any) -> requests.Response:
        """Send one request; `token` goes into the Authorization header, a `json` of None means no body."""
        headers = dict(options.pop("headers", {}) or {})
        if token is not None:
            headers.setdefault("Authorization", f"Bearer {token}")
        options.setdefault("allow_redirects", False)
        options.setdefault("timeout", 60)
        answer = self.http.request(method, f"{self.url}{path}", headers=headers, **options)
        description.judge(answer)
        return answer

    def get(self, path: str, **options: Any) -> requests.Response:
        """Send a GET."""
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Send a POST with this JSON body, or none."""
        return self.ask("POST", path, **({"json": body} if body is not None else {}), **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Send a PATCH with this JSON body, or none."""
        return self.ask("PATCH", path, **({"json": body} if body is not None else {}), **options)

    def put(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Send a PUT with this JSON body, or none."""
        return self.ask("PUT", path, **({"json": body} if body is not None else {}), **options)


def new_name(name: str = "ann") -> str:
    """Return a username (at most 20 characters) that no other test uses."""
    return f"{name[:10]}{os.getpid() % 10000}x{next(_numbers)}"


@contextmanager
def open_house(backend: str, database_url: str, data_dir: Path, **settings: object) -> Iterator[House]:
    """Migrate an empty database and serve it; further settings are `IDP_*` variables and win.

    One hop is trusted, so that each caller has a source address; request limits are off unless a test is about them.
    """
    bind = f"127.0.0.1:{services.free_port()}"
    issuer = f"{'https' if 'IDP_TLS_CERT_FILE' in settings else 'http'}://{bind}"
    own = make_settings(data_dir, database_url, issuer=issuer)  # what this process signs is the server's too
    migrate(own)
    app = create_app(own)
    description.learn(document.build(app, own))
    with smtp.server() as mails:
        environment: dict[str, object] = {
            "IDP_BIND": bind,
            "IDP_ISSUER": issuer,
            "IDP_DATA_DIR": data_dir,
            "IDP_DATABASE_URL": database_url,
            "IDP_SECRET_KEY": SECRET_KEY,
            "IDP_WORKERS": 1,
            "IDP_THREADS": 8,
            "IDP_RATELIMIT_ENABLED": "false",
            "IDP_TRUSTED_PROXIES": 1,
            "IDP_MAIL_SERVER": mails.host,
            "IDP_MAIL_PORT": mails.port,
            "IDP_ALLOWED_ORIGINS": f"{LISTED_ORIGIN},{OTHER_LISTED_ORIGIN}",
            "IDP_ADMIN_KEY": ADMIN_KEY,
        }
        try:
            provider = Provider(app)
            with serve(environment | settings) as server:
                yield House(backend, server, provider, mails)
        finally:
            dispose(app)
