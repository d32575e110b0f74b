"""The servers that the tests lean on stand; the lock files agree with one another."""

import os
import re
import smtplib
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
import redis

from tests.support.postgres import PostgresServer, truncate
from tests.support.redis import RedisServer
from tests.support.smtp import SmtpServer

ROOT = Path(__file__).parents[2]


def _mail(to: str, subject: str = "Hello") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "from@example.org", to, subject
    message.set_content("Grüße")
    return message


def test_postgres_makes_and_empties_databases(postgres_server: PostgresServer) -> None:
    """A new database takes rows, `truncate` removes them and restarts the numbering, and dropping it works."""
    url = postgres_server.create_database("support")
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute("CREATE TABLE thing (id serial PRIMARY KEY)")
        connection.execute("INSERT INTO thing DEFAULT VALUES")
    truncate(url)
    with psycopg.connect(plain) as connection:
        row = connection.execute("INSERT INTO thing DEFAULT VALUES RETURNING id").fetchone()
    assert row == (1,)
    postgres_server.drop_database(url)


def test_redis_answers(redis_server: RedisServer) -> None:
    """The Redis server is real, and empty when a test begins."""
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.dbsize() == 0
        assert client.incr("visits") == 1


def test_smtp_catches_mail(smtp_server: SmtpServer) -> None:
    """A message that was sent is caught with its envelope, decoded."""
    with smtplib.SMTP(smtp_server.host, smtp_server.port) as client:
        client.send_message(_mail("ann@example.org", "Grüße an alle"))
    (caught,) = smtp_server.wait_for(1)
    assert caught.recipients == ("ann@example.org",)
    assert (caught.subject, caught.text.strip()) == ("Grüße an alle", "Grüße")


def test_smtp_refuses_one_address_and_takes_the_next(smtp_server: SmtpServer) -> None:
    """An address to refuse gets a permanent failure; others on the same connection are delivered."""
    smtp_server.refuse("gone@example.org")
    with smtplib.SMTP(smtp_server.host, smtp_server.port) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.send_message(_mail("gone@example.org"))
        client.send_message(_mail("bob@example.org"))
    assert refused.value.recipients["gone@example.org"][0] == 550
    assert [mail.recipients for mail in smtp_server.messages] == [("bob@example.org",)]


def test_smtp_drops_connections_and_recovers(smtp_server: SmtpServer) -> None:
    """A server that drops connections, and one that is stopped, fail as real ones do; both come back."""
    smtp_server.drop_connections()
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        smtplib.SMTP(smtp_server.host, smtp_server.port)
    smtp_server.drop_connections(False)
    smtp_server.stop()
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP(smtp_server.host, smtp_server.port)
    smtp_server.start()
    with smtplib.SMTP(smtp_server.host, smtp_server.port) as client:
        client.send_message(_mail("ann@example.org"))
    assert len(smtp_server.wait_for(1)) == 1


def test_the_developers_settings_do_not_reach_the_tests() -> None:
    """No `IDP_*` variable of the shell that started the tests is visible in them."""
    assert not [name for name in os.environ if name.startswith("IDP_")]


def test_the_lock_for_tests_holds_the_lock_for_serving() -> None:
    """Every version that serves is the version that was tested: dev.txt contains each pin of run.txt."""
    pin = re.compile(r"^([a-z0-9-]+(?:\[[a-z]+\])?==\S+)", re.MULTILINE)
    run, dev = ((ROOT / "requirements" / name).read_text() for name in ("run.txt", "dev.txt"))
    assert set(pin.findall(run)) <= set(pin.findall(dev))


def test_the_locks_name_no_host() -> None:
    """The lock files say what to install, checked by hash, and leave to each machine where from."""
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "://" not in text
        assert not re.search(r"^--?(?:extra-)?(?:index|find)", text, re.MULTILINE)
        assert text.count("--hash=sha256:") >= text.count("==")
