"""A person's own data: told in plain words, downloaded whole, deleted with a way back."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, insert, inspect
from werkzeug.test import TestResponse

from idp import audit
from idp.accounts.models import KnownDevice
from idp.base import clock
from idp.base.database import Model, engine, session
from idp.factors.models import Authenticator, Passkey, RecoveryCode
from idp.me import export
from tests.factories import Browser, Person, Provider
from tests.me.test_email_change import change, sent
from tests.me.test_views import words


@pytest.fixture
def ann(provider: Provider) -> Person:
    """Somebody who has said everything, a username too."""
    return provider.person(username="ann")


def download(browser: Browser) -> TestResponse:
    """Press the button of the page."""
    return browser.http.post(
        "/account/data/download", data={"csrf_token": csrf(browser)}, headers={"Accept": "text/html"}
    )


def csrf(browser: Browser) -> str:
    """Return a CSRF token of the browser."""
    from tests.factories import CSRF

    found = CSRF.search(browser.get("/account/data").text)
    assert found
    return found[1]


def furnish(provider: Provider, person: Person) -> Browser:
    """Give an account something in every table, and return a browser that is signed in."""
    browser = provider.browser(person)
    client = provider.client()
    provider.grant(client, browser, scope="openid email offline_access")
    change(provider, browser, f"moved-{person.email}")
    provider.browser().submit("/reset", email=f"moved-{person.email}")
    provider.browser().sign_in("/signin", person, username=f"moved-{person.email}", password="a guess")
    now = clock.now()
    with provider.working():
        number = f"{person.id:032}"
        session().execute(
            insert(KnownDevice).values(
                digest=number.encode(), account_id=person.id, user_agent="Lynx", created_at=now, last_seen_at=now
            )
        )
        session().execute(
            insert(Authenticator).values(
                id=number, account_id=person.id, name="My phone", sealed_secret=b"sealed", last_step=7, created_at=now
            )
        )
        session().execute(
            insert(Passkey).values(
                id=number, account_id=person.id, name="My key", credential_id=number.encode(), public_key=b"key",
                created_at=now,
            )
        )  # fmt: skip
        session().execute(insert(RecoveryCode).values(digest=number.encode(), account_id=person.id, created_at=now))
    return browser


def test_the_download_holds_everything_and_nobody_else_s(provider: Provider, ann: Person) -> None:
    """One JSON attachment has every kind of thing that is held about the person, and nothing about another one."""
    browser = furnish(provider, ann)
    bob = provider.person("bob@example.org", given_name="Robert")
    furnish(provider, bob)
    answer = download(browser)
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="account-data-')
    assert answer.headers["Cache-Control"] == "no-store"
    document = json.loads(answer.text)
    (own,) = document["accounts"]
    assert (own["email"], own["username"], own["has_password"]) == (f"moved-{ann.email}", "ann", True)
    assert [row["name"] for row in document["authenticators"] + document["passkeys"]] == ["My phone", "My key"]
    assert [row["user_agent"] for row in document["known_devices"]] == ["Lynx"]
    assert {row["purpose"] for row in document["proofs"]} == {"undo-email", "reset"}
    assert {row["label"] for row in document["outbox"]} == {"confirm_new_email", "reset_password"}
    assert {"data.exported", "email.changed", "consent.given"} <= {row["event"] for row in document["audit_events"]}
    for name in ("browser_sessions", "consents", "failure_counters", "grants", "recovery_codes", "refresh_tokens"):
        assert document[name], name
    assert "bob" not in answer.text
    assert bob.sub not in answer.text
    assert "Personal data downloaded" in words(browser.get("/account/activity"))


def test_events_name_nobody_else(provider: Provider) -> None:
    """What an administrator did to the person, and the person as administrator to others, is exported without their subjects."""
    root, ann = provider.person("root@example.org", is_admin=True), provider.person("ann@example.org", is_admin=True)
    with provider.working():
        audit.record("account.unlocked", subject=ann.sub, actor=root.sub)
        audit.record("account.disabled", subject=root.sub, actor=ann.sub)
    answer = download(provider.browser(ann))
    events = {row["event"]: (row["subject"], row["actor"]) for row in json.loads(answer.text)["audit_events"]}
    assert events["account.unlocked"] == (ann.sub, "somebody else")
    assert events["account.disabled"] == ("somebody else", ann.sub)
    assert root.sub not in answer.text


def test_no_secret_is_in_the_download(provider: Provider, ann: Person) -> None:
    """Neither hashes nor digests nor sealed or binary columns are exported; each is left out by name."""
    document = json.loads(download(furnish(provider, ann)).text)
    suspects = ("digest", "hash", "sealed", "secret", "public_key", "challenge", "nonce", "payload")
    for name, rows in document.items():
        for row in rows if isinstance(rows, list) else []:
            assert not [column for column in row if any(word in column for word in suspects)], name
    for table in Model.metadata.tables.values():
        if table.name in export.exported():
            binary = [column.name for column in table.columns if isinstance(column.type, LargeBinary)]
            assert [column for column in binary if f"{table.name}.{column}" not in export.LEFT_OUT] == []


def test_an_unproved_account_hears_nothing_of_mails(provider: Provider) -> None:
    """What went to an address that nobody has proved is not told to whoever made an account with it, nor who else asked for mail."""
    mal = provider.person("owner@example.org", verified=False)
    asking = provider.browser()
    asking.submit("/reset", email="owner@example.org")
    provider.http.post("/auth/resend-otp", json={"email": "owner@example.org", "type": "verify"})
    document = json.loads(download(provider.browser(mal)).text)
    assert document["outbox"] == []
    assert not [row for row in document["audit_events"] if row["event"].endswith("_requested")]


def test_every_table_is_exported_or_says_that_it_holds_nothing_personal(app: Flask) -> None:
    """A new table is exported because it has `account_id` or hangs on one that has; any other must be declared."""
    with app.app_context():
        tables = set(inspect(engine()).get_table_names()) - {"alembic_version"}
    assert export.exported() | export.NOTHING_PERSONAL | export.REPEATED == tables
    assert export.exported() & export.NOTHING_PERSONAL == set()
    columns = {f"{table.name}.{column.name}" for table in Model.metadata.tables.values() for column in table.columns}
    assert {".".join(name.split(".")[:2]) for name in export.LEFT_OUT} <= columns


def test_the_running_application_knows_every_table(tmp_path: Path) -> None:
    """A process that only makes the application has loaded all models, so that nothing is forgotten there either."""
    script = (
        "from idp import create_app; from idp.config import Settings; from idp.base.database import Model;"
        "create_app(Settings(_env_file=None)); print(*sorted(Model.metadata.tables))"
    )
    environment = os.environ | {"IDP_DATA_DIR": str(tmp_path)}
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert set(found.stdout.split()) == export.exported() | export.NOTHING_PERSONAL | export.REPEATED


def test_the_download_wants_a_fresh_sign_in(provider: Provider, ann: Person) -> None:
    """Ten minutes after the sign-in the page still opens, but the button asks again who it is."""
    browser = provider.browser(ann)
    with clock.moved(timedelta(minutes=11)):
        assert browser.get("/account/data").status_code == 200
        assert download(browser).location.startswith("/signin?next=%2Faccount%2Fdata&again=1")
        assert browser.get("/account/delete").location.startswith("/signin?next=%2Faccount%2Fdelete&again=1")


def test_deletion_asks_for_understanding(provider: Provider, ann: Person) -> None:
    """Without the tick nothing happens, and the form says so."""
    browser = provider.browser(ann)
    refused = browser.submit("/account/delete")
    assert refused.status_code == 400
    assert 'href="#understood"' in refused.text
    assert browser.get("/account").status_code == 200


def test_a_deleted_account_is_closed_at_once(provider: Provider, ann: Person) -> None:
    """Sessions and tokens end, a right password is told that the account is leaving, and a mail has the way back (item 30)."""
    client = provider.client()
    browser, other = provider.browser(ann), provider.browser(ann)
    tokens = provider.grant(client, other, scope="openid offline_access")
    done = browser.submit("/account/delete", understood="y")
    assert (done.status_code, done.location) == (303, "/signed-out")
    assert "Your account is closed and will be erased on" in words(browser.get("/signed-out"))
    assert [each.get("/account").status_code for each in (browser, other)] == [303, 303]
    assert provider.userinfo(tokens["access_token"]).status_code == 401
    assert provider.refresh(client, tokens["refresh_token"]).status_code == 400
    assert "going to be erased" in words(provider.browser().sign_in("/signin", ann))
    assert "going to be erased" not in words(provider.browser().sign_in("/signin", ann, password="a guess"))
    (mail,) = sent(provider, "deletion_scheduled")
    assert mail.to == ann.email
    with provider.account(ann) as account:
        assert account.erase_at is not None
        assert account.disabled_at is not None
        assert account.erase_at - account.disabled_at == timedelta(days=14)


def test_the_mailed_link_keeps_the_account(provider: Provider, ann: Person) -> None:
    """Its button, not its opening, opens the account again, once; the old password works then."""
    provider.browser(ann).submit("/account/delete", understood="y")
    link = f"/account/keep?token={sent(provider, 'deletion_scheduled')[0].token}"
    browser = provider.browser()
    with clock.moved(timedelta(days=13)):
        assert ann.email in browser.get(link).text
        assert "going to be erased" in words(provider.browser().sign_in("/signin", ann))
        assert browser.submit(link).location == "/signin"
        assert "Your account is kept." in words(browser.get("/signin"))
        assert browser.get(link).status_code == 400
        assert browser.sign_in("/signin", ann).location == "/account"
    with provider.account(ann) as account:
        assert (account.disabled_at, account.erase_at) == (None, None)
        assert [event.event for event in audit.recent(ann.sub)][1] == "account.kept"
    with clock.moved(timedelta(days=15)):
        assert provider.browser().get(link).status_code == 400


def test_the_last_administrator_stays(provider: Provider) -> None:
    """The last administrator cannot leave; with another one it is possible."""
    root = provider.person("root@example.org", is_admin=True)
    browser = provider.browser(root)
    refused = browser.submit("/account/delete", understood="y")
    assert refused.status_code == 400
    assert "last administrator" in words(refused)
    provider.person("second@example.org", is_admin=True)
    assert browser.submit("/account/delete", understood="y").location == "/signed-out"


def test_administrators_see_and_decide(provider: Provider, ann: Person) -> None:
    """The person's page tells when the account will be erased; disabling voids the link, enabling cancels the erasure."""
    root = provider.browser(provider.person("root@example.org", is_admin=True))
    page = f"/admin/people/{ann.sub}"
    assert "Will be erased" not in words(root.get(page))
    provider.browser(ann).submit("/account/delete", understood="y")
    link = f"/account/keep?token={sent(provider, 'deletion_scheduled')[0].token}"
    assert "Will be erased" in words(root.get(page))
    token = root.http.post(f"{page}/disable", data={"csrf_token": csrf(root)})
    assert token.status_code == 303
    assert provider.browser().get(link).status_code == 400
    assert "This account is disabled." in words(provider.browser().sign_in("/signin", ann))
    assert "can no longer keep it" in words(root.get(page))
    root.http.post(f"{page}/enable", data={"csrf_token": csrf(root)})
    assert "Will be erased" not in words(root.get(page))
    with provider.account(ann) as account:
        assert (account.disabled_at, account.erase_at) == (None, None)
    assert provider.browser().sign_in("/signin", ann).location == "/account"
