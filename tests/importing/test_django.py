"""Users of Django come from a dump, a table and a database: real ones of Django 5.2 with allauth, django-otp and the OAuth toolkit."""

import base64
import json
import sqlite3
from pathlib import Path

import psycopg
import pyotp
import pytest
from sqlalchemy import make_url, select

from idp.accounts import credentials, lookup
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import session
from idp.base.outcome import Refused
from idp.clients import service as clients
from idp.factors import recovery_codes
from idp.factors import service as factors
from idp.groups import lookup as groups
from idp.importing.sources import django, records
from idp.importing.sources.django import Django
from tests.importing.arriving import EXPORTS, PASSWORD, bring
from tests.support.postgres import PostgresServer

DUMP = EXPORTS / "django-dump.json"
HASHED = ("ada", "bob", "cyd", "dot", "flo")  # each by another hasher


def account(name: str) -> Account:
    """Return somebody of the export."""
    found = lookup.find_by_email(f"{name}@example.com")
    assert found is not None
    return found


def database(tmp_path: Path) -> records.Database:
    """Return the database of the application, as SQLite has it."""
    path = tmp_path / "django.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.executescript((EXPORTS / "django-database.sql").read_text())
    connection.close()
    return records.Database(make_url(f"sqlite:///{path}"), django.models("auth.user"))


@pytest.mark.parametrize("name", HASHED)
def test_every_hasher_of_django_verifies(name: str) -> None:
    """PBKDF2 with SHA-256 and SHA-1, Argon2, bcrypt over SHA-256 and scrypt: the password that people had signs them in."""
    bring(Django(records.Dump(DUMP), "django"))
    assert isinstance(credentials.check(name, "wrong", source="192.0.2.1"), Refused)
    assert isinstance(credentials.check(name, PASSWORD, source="192.0.2.1"), Account)
    assert (account(name).password_hash or "").startswith("$argon2id$v=19$m=19456")


def test_what_belongs_to_people_comes_with_them() -> None:
    """Proved addresses, apps of django-otp and allauth, and codes of both; what does not come is told."""
    brought = bring(Django(records.Dump(DUMP), "django"))
    people = brought.people()
    assert {name for name in people if account(name).is_verified} == {"ada"}
    assert account("eli").disabled_at is not None
    assert {name for name in people if account(name).has_second_factor} == {"ada", "flo"}
    code = pyotp.TOTP(base64.b32encode(b"12345678901234567890").decode()).at(clock.now())
    assert factors.check_code(account("ada"), code, source="192.0.2.1") == ["otp"]
    code = pyotp.TOTP("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").at(clock.now())
    assert factors.check_code(account("flo"), code, source="192.0.2.1") == ["otp"]
    assert recovery_codes.count_left(account("ada").id) == 2
    assert factors.check_code(account("ada"), "K3JD 72HA", source="192.0.2.1") == ["otp"]
    # The first and the last of ten codes that allauth itself derives from the seed of the export.
    for code in ("03236591", "40913481"):
        assert factors.check_code(account("flo"), code, source="192.0.2.1") == ["otp"]
    assert "trying" in people["gus"]["without"]["password"]
    assert "six digits" in people["dot"]["without"]["authenticator"]
    assert brought.done.uncounted == []
    assert "is_superuser" in people["ada"]["without"]["permissions"]
    assert {name for name in people if groups.memberships(account(name).id)} == {"ada", "bob"}


def test_applications_of_the_toolkit_come() -> None:
    """With their redirect URIs, and the secret where it is plain; without one a new one has to be made, which is told."""
    lines = bring(Django(records.Dump(DUMP), "django")).of("client")
    wiki = clients.find("wiki")
    assert wiki is not None
    assert wiki.check_client_secret("wiki-secret-of-thirty-two-characters")
    row = clients.get("wiki")
    assert row is not None
    assert row.redirect_uris == ["https://wiki.example.com/cb", "https://wiki.example.com/cb2"]
    assert row.first_party
    assert "idp client renew-secret hashed" in lines["hashed"]["without"]["client_secret"]
    assert lines["pw"]["outcome"] == "not_come"
    assert "password" in lines["pw"]["without"]["grant_types"]


def test_a_table_a_dump_by_lines_and_a_database_hold_the_same_people(tmp_path: Path) -> None:
    """Whichever way somebody came first, by any other the person is known."""
    first = bring(Django(database(tmp_path), "django"))
    assert first.done.counts.came == {"account": 7, "client": 2, "group": 1, "membership": 2}
    assert [group.path for group, _member in groups.memberships(account("bob").id)] == ["/editors"]
    assert account("ada").has_second_factor
    assert account("ada").is_verified
    for place in (
        records.Dump(DUMP),
        records.Dump(EXPORTS / "django-users.jsonl"),
        records.UserTable(EXPORTS / "django-auth_user.csv", "auth.user"),
    ):
        again = bring(Django(place, "django"))
        assert not again.done.counts.came
        assert again.done.counts.known["account"] == 7


def test_a_database_of_postgresql_is_read_and_never_written_to(postgres_server: PostgresServer) -> None:
    """The tables are read in one transaction that cannot write; whoever is in them comes."""
    url = make_url(postgres_server.create_database("django"))
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        connection.execute("DROP TABLE IF EXISTS auth_user")
        connection.execute(
            "CREATE TABLE auth_user (id serial PRIMARY KEY, password text, username text, email text, first_name text,"
            " last_name text, is_active boolean, is_staff boolean, is_superuser boolean, date_joined timestamptz)"
        )
        connection.execute(
            "INSERT INTO auth_user (password, username, email, first_name, last_name, is_active, is_staff, is_superuser,"
            " date_joined) VALUES ('pbkdf2_sha1$1000$salt$VikllmLnT1fm7VF9neTT/Umnvy8=', 'pat', 'pat@example.com', 'Pat', '',"
            " true, false, false, '2020-02-03T04:05:06Z')"
        )
    found = records.read_url(url.render_as_string(hide_password=False))
    assert not isinstance(found, str)
    brought = bring(Django(records.Database(found, django.models("auth.user")), "django:postgresql"))
    assert brought.people()["pat"]["at"] == "auth_user 1"
    assert account("pat").created_at.year == 2020


def test_databases_that_cannot_be_read_are_told() -> None:
    """Another kind of database, no file, and no address at all: each has its sentence, and none is opened."""
    assert "dump" in str(records.read_url("mysql://user@host/name"))
    assert "no file" in str(records.read_url("sqlite:////no/such/file.db"))
    assert "no address" in str(records.read_url("://"))


def test_two_installations_are_told_apart(tmp_path: Path) -> None:
    """Somebody else under a known number is refused with the hint to name the source, and comes once it is named."""
    bring(Django(records.UserTable(EXPORTS / "django-auth_user.csv", "auth.user"), "django"))
    other = tmp_path / "other.jsonl"
    fields = {"username": "zoe", "email": "zoe@example.org", "password": "!"}
    other.write_text(json.dumps({"model": "auth.user", "pk": 1, "fields": fields}))
    refused = bring(Django(records.Dump(other), "django"))
    (line,) = refused.lines
    assert line["outcome"] == "not_come"
    assert "--source" in line["why"]
    assert bring(Django(records.Dump(other), "django:other")).done.counts.came == {"account": 1}
    assert session().scalars(select(Account).where(Account.email == "zoe@example.org")).one().username == "zoe"
