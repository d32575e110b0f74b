"""The question to a breach corpus, asked of a real range service on loopback: what it hears, what is refused, and when."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask

from idp.accounts import breaches, credentials, founding, pending, recovery, service, signup
from idp.accounts.models import Account
from idp.base.database import engine
from idp.base.outcome import Reason, Refused
from idp.config import SettingsError
from tests.conftest import make_settings
from tests.core import mails

BREACHED, SAFE = "a known pass phrase", "an unheard-of phrase"
ADDRESS = "192.0.2.1"


def split(password: str) -> tuple[str, str]:
    """Return the five digits that the service hears, and the rest."""
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    return digest[:5], digest[5:]


@dataclass
class RangeService:
    """A service that answers `<url><five digits>`, and remembers what it was asked and by whom."""

    url: str = ""
    status: int = 200
    answer: bytes | None = None
    heard: list[str] = field(default_factory=list)
    padding: list[str | None] = field(default_factory=list)
    look: Callable[[], object] = lambda: None
    seen: list[object] = field(default_factory=list)


@pytest.fixture
def corpus(app: Flask) -> Iterator[RangeService]:
    """The service, named in the settings; it knows BREACHED, and pads its answers."""
    known = RangeService()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.heard.append(self.path)
            known.padding.append(self.headers["Add-Padding"])
            known.seen.append(known.look())
            body = known.answer
            if body is None:
                body = f"{'0' * 35}:3\r\n{split(BREACHED)[1]}:42\r\n{split(SAFE)[1]}:0\r\n{'F' * 35}:0".encode()
            self.send_response(known.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    known.url = f"http://127.0.0.1:{server.server_port}/range/"
    app.extensions["idp.settings"] = app.extensions["idp.settings"].model_copy(
        update={"breach_check_url": known.url, "allow_private_fetch": True}
    )
    with app.test_request_context(method="POST"):
        yield known
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ann(corpus: RangeService) -> Account:
    """A person with a password."""
    account = service.add("ann@example.com", username="ann", password="correct horse battery", verified=True)
    assert isinstance(account, Account)
    corpus.heard.clear()
    return account


def sign_up(password: str) -> object:
    """Sign up."""
    application = signup.Application("bob@example.com", password, service.Profile(username="bob"))
    made = pending.start(application, next_path=None, source=ADDRESS)
    return made[0] if isinstance(made, list) else made


def change(password: str) -> object:
    """Change a password."""
    account = service.add("bob@example.com", username=None, password="correct horse battery", verified=True)
    assert isinstance(account, Account)
    return credentials.change_password(account, "correct horse battery", password, source=ADDRESS)


def reset(password: str) -> object:
    """Reset a password by the mailed link."""
    service.add("bob@example.com", username=None, password=None, verified=True)
    recovery.request("bob@example.com", source=ADDRESS)
    return recovery.finish(mails.newest().token, password, source=ADDRESS)


def bootstrap(password: str) -> object:
    """Become the first administrator."""
    token = (founding.bootstrap_link() or "").partition("token=")[2]
    made = founding.bootstrap(token, "root@example.com", password, source=ADDRESS)
    return made[0] if isinstance(made, list) else made


def add(password: str) -> object:
    """Add an account on the command line."""
    return service.add("bob@example.com", username="bob", password=password, verified=True)


WAYS = [sign_up, change, reset, bootstrap, add]


@pytest.mark.parametrize("way", WAYS)
def test_a_breached_password_is_refused_at_every_way_to_a_new_one(
    corpus: RangeService, way: Callable[[str], object]
) -> None:
    """Sign-up, change, reset, the first administrator and the operator's command refuse it, holding no connection meanwhile (item 5)."""
    corpus.look = engine().pool.checkedout  # type: ignore[attr-defined]
    refused = way(BREACHED)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.PASSWORD_BREACHED
    assert refused.field == ("new_password" if way is change else "password")
    assert set(corpus.seen) == {0}


@pytest.mark.parametrize("way", WAYS)
def test_other_passwords_are_taken(corpus: RangeService, way: Callable[[str], object]) -> None:
    """A password that the service does not list, or lists as padding only, is taken."""
    assert not isinstance(way(SAFE), Refused)
    assert corpus.heard[-1] == f"/range/{split(SAFE)[0]}"


def test_the_service_hears_five_digits(corpus: RangeService) -> None:
    """The request holds five digits of the SHA-1 of the NFKC form and asks for padding."""
    assert breaches.check("ﬁne passwo\u0308rd 1") is None
    assert breaches.check("half \ud83d a pair") is None
    assert corpus.heard[0] == f"/range/{split('fine passwörd 1')[0]}"
    assert corpus.padding == ["true", "true"]


def test_only_new_passwords_that_pass_everything_else_are_asked_about(corpus: RangeService, ann: Account) -> None:
    """Signing in asks nobody, nor does a password that is refused already."""
    assert credentials.check("ann", "correct horse battery", source=ADDRESS) is ann
    assert isinstance(credentials.check("ann", BREACHED, source=ADDRESS), Refused)
    for refused in (sign_up("password"), sign_up("short"), sign_up("bob-1990-bob")):
        assert isinstance(refused, Refused)
    assert corpus.heard == []


def test_a_refused_reset_leaves_the_link(corpus: RangeService, ann: Account) -> None:
    """After a breached password the same link takes another one."""
    recovery.request("ann@example.com", source=ADDRESS)
    link = mails.newest().token
    assert isinstance(recovery.finish(link, BREACHED, source=ADDRESS), Refused)
    assert isinstance(recovery.finish(link, SAFE, source=ADDRESS), Account)


@pytest.mark.parametrize(
    ("status", "answer"), [(503, b"later"), (302, b""), (200, b"x" * 600_000)], ids=["error", "redirect", "endless"]
)
def test_without_an_answer_the_password_is_taken_and_logged(
    corpus: RangeService, caplog: pytest.LogCaptureFixture, status: int, answer: bytes
) -> None:
    """A service that fails costs nobody a sign-up; the warning holds neither the password nor any of its digest."""
    corpus.status, corpus.answer = status, answer
    with caplog.at_level(logging.WARNING):
        assert breaches.check(BREACHED) is None
    (record,) = [record for record in caplog.records if record.name == "idp.accounts.breaches"]
    assert record.levelno == logging.WARNING
    assert not any(part in record.getMessage() for part in (BREACHED, *split(BREACHED)))


@pytest.mark.parametrize(
    "answer",
    [b"", b"\xff\xfe\n:::\n", split(BREACHED)[1].encode(), split(BREACHED)[1].encode() + b":many", b"<html>sorry"],
)
def test_nonsense_is_no_breach(corpus: RangeService, answer: bytes) -> None:
    """Lines without a count, and answers of another kind, refuse nothing and are no error."""
    corpus.answer = answer
    assert breaches.check(BREACHED) is None


def test_small_digits_and_bare_newlines_are_read(corpus: RangeService) -> None:
    """A mirror may write its digits and lines as it likes."""
    corpus.answer = f"{'0' * 35}:1\n{split(BREACHED)[1].lower()}: 7 \n".encode()
    assert breaches.check(BREACHED) is not None


def test_a_private_address_is_not_asked_unless_allowed(app: Flask, corpus: RangeService) -> None:
    """The guard of the fetcher holds for this address too."""
    app.extensions["idp.settings"] = app.extensions["idp.settings"].model_copy(update={"allow_private_fetch": False})
    assert breaches.check(BREACHED) is None
    assert corpus.heard == []


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("ranges.example.com/range/", "IDP_BREACH_CHECK_URL: must be an absolute URL"),
        ("https:///range/", "IDP_BREACH_CHECK_URL: must be an absolute URL"),
        ("https://ranges.example.com/range", "IDP_BREACH_CHECK_URL: .* ends with / or ="),
        ("http://ranges.example.com/range/", "IDP_BREACH_CHECK_URL: must be https"),
    ],
)
def test_an_address_that_could_never_be_asked_refuses_to_boot(tmp_path: Path, url: str, complaint: str) -> None:
    """An address that would fail each time, and so let every password through, is found at the start."""
    with pytest.raises(SettingsError, match=complaint):
        make_settings(tmp_path, "", breach_check_url=url)


def test_without_the_setting_nobody_is_asked(app: Flask) -> None:
    """Unset, no password leaves the server in any form."""
    with app.app_context():
        assert breaches.check(BREACHED) is None
