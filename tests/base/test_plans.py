"""No statement of a request, a purge or a poll reads a growing table from end to end, on either database.

The database has been filled as years of use would, a little: where a statement reads more than a few rows, it would read as many times
more of a large one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from idp import audit, create_app, outbox, purging
from idp.accounts import lookup
from idp.admin import paging, system
from idp.base import database, derived, finding
from idp.pushing import marking
from idp.signals import collecting, queue
from idp.tallies import rolling, summing
from idp.tallies.models import DAY, HOUR
from idp.trail import searching
from tests.base import contract_requests, plans
from tests.conftest import dispose, make_settings
from tests.contracts.house import ADMIN_KEY
from tests.factories import Provider
from tests.oauth.door_requests import Stage, ask
from tests.pages import inventory
from tests.pushing.conftest import TOKEN, Pushing, listening
from tests.pushing.stand_in import StandIn
from tests.scim.calling import Directory, op
from tests.seed.__main__ import seed
from tests.signals.receiving import collect, make_receiver

PEOPLE = 600
FILTERS = (
    *(
        'userName eq "person1@example.org"',
        'userName sw "person1@"',
        'userName eq "nobody"',
        'externalId eq "1"',
        "externalId pr",
    ),
    *('id eq "{id}"', 'emails.value eq "person1@example.org"', 'groups.value eq "{group}"', "active eq false"),
    *('name.familyName eq "quince"', 'name.familyName sw "quin"', 'externalId eq "1" or id eq "{id}"'),
    'userName eq "person1@example.org" and active eq true',
)
MOST_READ = (
    500  # rows of a table by one statement, where lists and batches have 50 and tables hundreds or thousands more
)
COMMON = ("/admin/people?q=anna+da", "/admin/clients?q=shop", "/admin/audit", "/admin/audit?q=failure&page=2")
SEARCHES = (
    *("/admin/people?q=ada", "/admin/people?q=anna+da", "/admin/people?q=example+com", "/admin/people?q=nobody"),
    *("/admin/people?page=2", "/admin/clients?q=shop", "/admin/clients?q=nothing", "/admin/clients?page=2"),
    *(
        "/admin/clients?unused=30",
        "/admin/clients?unused=365&page=2",
        "/admin/clients?unused=90&q=shop",
        "/account/clients",
    ),
    *("/admin/audit?q=failure", "/admin/audit?q=password+failure", "/admin/audit?source=10.1.2.3"),
    *("/admin/audit?q=nobody", "/admin/audit?older=5000", "/admin/audit?newer=5000", "/admin/audit?who=nobody"),
    *("/admin/audit?what=password&outcome=failure", "/admin/audit?what=consent.given&outcome=failure&newer=1"),
    *("/admin/groups?q=back", "/admin/groups?q=nothing", "/admin/roles?q=edit", "/admin/roles?q=nothing"),
    *("/admin/invitations?q=ada", "/admin/invitations?state=came", "/admin/invitations?state=revoked&page=2"),
    *("/admin/mail?q=ada", "/admin/mail?q=nobody", "/admin/mail?state=waiting", "/admin/mail?state=failed"),
    *("/admin/mail?state=delivered", "/admin/mail?q=ada&state=failed", "/admin/mail?page=2"),
)


@pytest.fixture
def full(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A database that was filled, and lists and batches that are as much smaller as it is."""
    for module, name, most in (
        *((paging, "MOST", 50), (paging, "MOST_COUNTED", 50), (searching, "WINDOW", 50), (finding, "MANY", 50)),
        *(
            (derived, "WINDOW", 50),
            (lookup, "MOST_READ", 50),
            (purging, "FIRST", 50),
            (purging, "MOST", 50),
            (system, "MOST_NAMED", 50),
        ),
        *((summing, "MOST_LIVE", 50), (rolling, "BATCH", 50)),
    ):
        monkeypatch.setattr(module, name, most)
    seed(app, PEOPLE)
    return app


@contextmanager
def _beside(full: Flask, directory: Path, **settings: Any) -> Iterator[Flask]:
    """The application with other settings on the same database."""
    with full.app_context():
        url = database.engine().url.render_as_string(hide_password=False)
    own = create_app(make_settings(directory, url, **settings))
    try:
        yield own
    finally:
        dispose(own)


def test_no_declared_statement_reads_a_table(full: Flask) -> None:
    """Each statement that is declared is planned, whether a request of a test comes by it or not."""
    assert len(plans.declared()) > 10
    assert plans.wrong_declared(full, plans.declared()) == []


def test_what_is_asked_most_uses_an_index(full: Flask) -> None:
    """A sign-in, a token, a search of people, one of clients and pages of the audit log are made of a few rows."""
    provider = Provider(full)
    client, admin = provider.client(), provider.person("admin@example.org", is_admin=True)
    with plans.recorded(full) as found:
        browser = provider.browser(admin)
        assert provider.grant(client, browser)["access_token"]
        for path in COMMON:
            assert browser.get(path).status_code == 200
    assert len(found) > 10
    assert plans.wrong(full, found, MOST_READ) == []


def test_directories_use_an_index(full: Flask) -> None:
    """Whatever a directory may ask for by a filter, and what it changes, is made of a few rows."""
    directory = Directory(Provider(full))
    with plans.recorded(full) as found:
        made = [directory.make(f"person{number}@example.org", externalId=str(number)) for number in range(3)]
        group = directory.group("Guides", made[0]["id"], externalId="g")
        directory.patch(group, op("add", "members", [{"value": made[1]["id"]}]), status=204)
        directory.patch(made[0], op("replace", "active", False), op("add", "name.familyName", "Quince"))
        for text in FILTERS:
            directory.get("/Users", filter=text.format(id=made[0]["id"], group=group["id"]))
        for text in (
            'displayName eq "guides"',
            'displayName sw "gui"',
            'externalId eq "g"',
            f'members eq "{made[0]["id"]}"',
        ):
            assert directory.find("Groups", text), text
        directory.again(group)
        assert directory.send("DELETE", f"/Users/{made[0]['id']}").status_code == 204
    assert len(found) > 20
    assert "\n".join(plans.wrong(full, found, MOST_READ)) == ""


@pytest.mark.slow
def test_programs_use_an_index(full: Flask) -> None:
    """Whatever is asked at the programs' door, good or bad, is answered by declared statements, or by a few rows."""
    stage = Stage(Provider(full))
    with plans.recorded(full) as found, plans.executed() as declared:
        for case in stage.cases():
            ask(stage, case)
    assert len(declared) > 10
    assert plans.wrong_declared(full, declared) == []
    assert plans.wrong(full, found, MOST_READ) == []


@pytest.mark.slow
def test_pages_use_an_index(full: Flask, tmp_path: Path) -> None:
    """Each page of the house, and each search of administrators, is made of a few rows, its forms and what they do as well."""
    # Passkeys want a name.
    with _beside(full, tmp_path, issuer="http://localhost:5000") as named, plans.recorded(named) as found:
        pages = inventory.collect(named)
        browser = pages.browsers["/admin/people"]
        for path in SEARCHES:
            assert browser.get(path).status_code == 200
    assert len(found) > 80
    assert "\n".join(plans.wrong(full, found, MOST_READ)) == ""


@pytest.mark.slow
def test_older_interfaces_use_an_index(full: Flask, tmp_path: Path) -> None:
    """Every route of the older interfaces, asked as its callers do, is answered by a few rows."""
    with (
        _beside(full, tmp_path, admin_key=ADMIN_KEY) as own,
        plans.recorded(own) as found,
        plans.executed() as declared,
    ):
        answered = contract_requests.walk(own)
    surprised = {operation for operation, status in answered.items() if status >= 500}
    assert all("/google" in operation or "/github" in operation for operation in surprised), (
        answered
    )  # of these there is none
    assert sum(status < 300 for status in answered.values()) > 25
    assert "\n".join(plans.wrong(full, found, MOST_READ)) == ""
    assert plans.wrong_declared(full, declared) == []


@pytest.mark.slow
def test_counting_uses_an_index(full: Flask) -> None:
    """What of the log is not counted is found by its number, what the pages show of it by its time; accounts are counted once an hour."""
    with plans.recorded(full, in_requests=False) as found, full.app_context():
        rolling.catch_up(seconds=1)
        for span, length in ((DAY, 90), (HOUR, 24)):
            assert len(summing.read(span, length).times) == length
        rolling.purge(50)
    hourly = {text for text in found if "count(accounts.id)" in text}
    assert len(hourly) == 2
    assert "\n".join(plans.wrong(full, {text: found[text] for text in found.keys() - hourly}, MOST_READ)) == ""


@pytest.mark.slow
def test_bringing_people_uses_an_index(full: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whom a change concerns, who is due and who belongs to a group is found by an index, in the first push and after it."""
    monkeypatch.setattr(marking, "BATCH", 50)
    full.extensions["idp.settings"].allow_private_fetch = True
    provider = Provider(full)
    pushing = Pushing(provider, provider.client(client_id="chat"))
    with listening(StandIn(TOKEN)) as address, plans.recorded(full, in_requests=False) as found:
        pushing.aim(f"{address}/scim", pushes_groups=True)
        assert pushing.carry() > PEOPLE // 2
        ann = provider.person("ann@example.org")
        provider.browser(ann).submit("/account", given_name="Anna")
        assert pushing.carry() >= 1
    assert len(found) > 20
    with (
        full.app_context()
    ):  # what the first push has filled is as unknown to the planner as a table is for a minute, and no longer
        database.connection().exec_driver_sql("ANALYZE")
        database.commit()
    # A group is told whole: of one that is a part of all people, the planner reads them all rather than each by itself.
    bounded = {text: values for text, values in found.items() if "JOIN group_ancestors" not in text}
    assert len(bounded) < len(found)
    assert "\n".join(plans.wrong(full, bounded, MOST_READ)) == ""


@pytest.mark.slow
def test_news_uses_an_index(full: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What of the log is news, who hears of it, what waits for a receiver and what that has taken or refused is found by an index."""
    monkeypatch.setattr(collecting, "BATCH", 50)
    provider = Provider(full)
    receiver, ann = make_receiver(provider), provider.person("ann@example.org")
    provider.grant(receiver.client, provider.browser(ann), "openid email profile")
    with plans.recorded(full, in_requests=False) as found:
        stream = receiver.make()
        with provider.working():
            for number in range(120):
                audit.record("password.changed", subject=f"unknown-{number}" if number % 3 else ann.sub)
        collect(provider)
        first = list(receiver.poll(stream, maxEvents=10)["sets"])
        assert len(first) == 10
        refused = {first[0]: {"err": "invalid_request", "description": "x"}}
        assert len(receiver.poll(stream, ack=first[1:], setErrs=refused)["sets"]) == 30
        with full.app_context():
            queue.purge(50)
            database.commit()
    assert len(found) > 15
    assert "\n".join(plans.wrong(full, found, MOST_READ)) == ""


@pytest.mark.slow
def test_purges_and_polls_use_an_index(full: Flask) -> None:
    """What has expired and what is due is found by an index, whatever is kept beside it."""
    with plans.recorded(full, in_requests=False) as found, full.app_context():
        purging.run()
        for lane in outbox.LANES:
            outbox.deliver_due(lane)
    assert found
    assert "\n".join(plans.wrong(full, found, MOST_READ)) == ""
