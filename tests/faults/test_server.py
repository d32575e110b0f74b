"""Faults: a server killed at once, a database that goes away, a slow request at the end."""

import base64
import http.client
import json
import sqlite3
import threading
import time
import urllib.parse
from pathlib import Path

import pytest

from tests.support.serving import RunningServer, serve
from tests.support.smtp import SmtpServer

pytestmark = pytest.mark.slow


def post(server: RunningServer, path: str, fields: dict[str, str], headers: dict[str, str]) -> tuple[int, str]:
    """Send a form and return status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    body = urllib.parse.urlencode(fields)
    connection.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **headers})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def make_client(server: RunningServer) -> dict[str, str]:
    """Register a client and return the header that authenticates it."""
    made = json.loads(server.idp("client", "create", "--name", "Service", "--grant", "client_credentials"))
    credentials = base64.b64encode(f"{made['client_id']}:{made['client_secret']}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


def reset(server: RunningServer, email: str) -> None:
    """Ask for a reset by the form."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/reset", headers={"Accept": "text/html"})
    answer = connection.getresponse()
    page, cookie = answer.read().decode(), (answer.getheader("Set-Cookie") or "").partition(";")[0]
    connection.close()
    token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    status, _text = post(server, "/reset", {"csrf_token": token, "email": email}, {"Cookie": cookie})
    assert status == 303


def test_a_killed_server_loses_no_mail(smtp_server: SmtpServer, tmp_path: Path) -> None:
    """A mail queued while the mail server is away arrives after the provider was killed and started again."""
    settings = {
        "IDP_DATA_DIR": str(tmp_path / "data"),
        "IDP_MAIL_SERVER": smtp_server.host,
        "IDP_MAIL_PORT": str(smtp_server.port),
        "IDP_WORKERS": "1",
    }
    smtp_server.drop_connections()
    with serve(settings) as server:
        server.idp("user", "create", "--email", "ann@example.com", "--password-stdin", stdin="correct horse battery")
        reset(server, "ann@example.com")
        server.kill()
    smtp_server.drop_connections(False)
    with sqlite3.connect(tmp_path / "data" / "idp.db") as database:
        database.execute("UPDATE outbox SET next_attempt_at = '2020-01-01 00:00:00.000000'")
    with serve(settings):
        (mail,) = smtp_server.wait_for(1, timeout=20)
    assert "reset" in mail.subject.lower()


def test_requests_in_flight_are_finished(tmp_path: Path) -> None:
    """A request that the server has begun is answered although SIGTERM comes in between."""
    with serve({"IDP_WORKERS": "1", "IDP_THREADS": "2"}) as server:
        client = make_client(server)
        answers: list[int] = []

        def ask() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            body = "grant_type=client_credentials"
            connection.putrequest("POST", "/oauth/token")
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body)), **client}
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(body[:10].encode())
            time.sleep(1.5)
            connection.send(body[10:].encode())
            answers.append(connection.getresponse().status)
            connection.close()

        thread = threading.Thread(target=ask)
        thread.start()
        time.sleep(0.5)
        assert server.stop() == 0
        thread.join()
        assert answers == [200]


def test_a_busy_database_file_is_waited_for(tmp_path: Path) -> None:
    """While another process holds SQLite's write lock for a moment, requests wait for it and succeed."""
    with serve({"IDP_DATA_DIR": str(tmp_path / "data"), "IDP_WORKERS": "2"}) as server:
        client = make_client(server)
        holder = sqlite3.connect(tmp_path / "data" / "idp.db", isolation_level=None, check_same_thread=False)
        holder.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(2, holder.rollback)
        timer.start()
        status, _text = post(server, "/oauth/revoke", {"token": "x"}, client)
        timer.join()
        holder.close()
        assert status == 200
