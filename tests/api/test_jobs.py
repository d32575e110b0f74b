"""Acts upon many people over HTTP: begun, done in the background within what the token permits, told and stopped."""

from typing import Any

import pytest

from idp.accounts.authority import granting
from idp.clients import service as clients
from idp.jobs import running, service
from tests.api.calling import Program, lent_by
from tests.factories import Provider


def work(provider: Provider) -> None:
    """Do everything that is open."""
    with provider.app.app_context():
        while running.work_off():
            pass


def test_many_are_disabled(provider: Provider, robot: Program) -> None:
    """Whom a search finds is disabled, but for who administers, since a client's token gives no such rights; each has a mark in the log."""
    people = [provider.person(f"p{number}@crowd.example") for number in range(3)]
    boss = provider.person("boss@crowd.example", is_admin=True)
    job = robot.ask("POST", "/jobs", {"action": "disable", "search": "crowd"}, status=202)
    assert (job["state"], job["actor"], job["search"]) == ("waiting", "client robot", "crowd")
    work(provider)
    told = robot.ask("GET", f"/jobs/{job['id']}")
    assert (told["state"], told["done"], told["failures"]) == ("done", 3, {"not_permitted": 1})
    assert told["examples"] == {"not_permitted": [boss.sub]}
    (event,) = robot.ask("GET", "/events", who=people[0].sub, event="account.disabled")["items"]
    assert event["actor"] == "client robot"
    assert robot.ask("GET", "/jobs")["items"] == [told]


def test_some_who_are_named_come_into_a_group(provider: Provider, robot: Program) -> None:
    """People are named by `sub`, and a group by its path; lists of jobs are told in parts, the newest first."""
    robot.ask("PUT", "/groups/eng", {}, status=201)
    ann, bob = provider.person(), provider.person("bob@example.org")
    first = robot.ask("POST", "/jobs", {"action": "add-to-group", "who": [ann.sub], "group": "/eng"}, status=202)
    second = robot.ask("POST", "/jobs", {"action": "sign-out", "who": [bob.sub]}, status=202)
    assert robot.ask("POST", f"/jobs/{second['id']}/stop")["state"] == "stopped"
    work(provider)
    assert robot.ask("GET", f"/people/{ann.sub}/groups")["items"] == [{"path": "/eng", "until": None}]
    assert robot.ask("GET", f"/people/{bob.sub}/groups")["items"] == []
    part = robot.ask("GET", "/jobs", limit=1)
    assert ([row["id"] for row in part["items"]], part["next"]) == ([second["id"]], str(second["id"]))
    assert [row["id"] for row in robot.ask("GET", "/jobs", after=part["next"])["items"]] == [first["id"]]


@pytest.mark.parametrize("members", [{"scope": "openid"}, {"disabled": True}])
def test_a_client_that_may_no_more(provider: Provider, robot: Program, members: dict[str, Any]) -> None:
    """A job of a client that lost the scope, or was disabled, does nothing more and says why."""
    ann = provider.person()
    job = robot.ask("POST", "/jobs", {"action": "disable", "everybody": True}, status=202)
    with provider.working():
        row = clients.get("robot")
        assert row is not None
        if "scope" in members:
            row.scope = members["scope"]
        else:
            clients.set_disabled(row, True)
    work(provider)
    with provider.working():
        found = service.find(job["id"])
        assert found is not None
        assert (found.state, found.why, found.done) == ("failed", "no_permission", 0)
    assert provider.browser(ann).get("/account").status_code == 200


def test_a_persons_token_begins_what_the_person_may(provider: Provider) -> None:
    """The help desk signs people out and disables nobody; the job stands for the person, who is spared."""
    desk = provider.person("desk@example.org")
    with provider.account(desk) as account:
        granting.give(account, "help-desk", by="the tests")
    program = lent_by(provider, desk)
    program.refused("POST", "/jobs", {"action": "disable", "everybody": True}, status=403)
    job = program.ask("POST", "/jobs", {"action": "sign-out", "everybody": True}, status=202)
    assert job["actor"] == desk.sub
    work(provider)
    assert program.ask("GET", f"/jobs/{job['id']}")["failures"] == {"own_account": 1}


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({"action": "praise", "everybody": True}, "action"),
        ({"action": "disable"}, "who"),
        ({"action": "disable", "who": [], "search": "x"}, "search"),
        ({"action": "disable", "who": []}, "who"),
        ({"action": "disable", "who": [7]}, "who"),
        ({"action": "disable", "search": " "}, "search"),
        ({"action": "disable", "everybody": False}, "everybody"),
        ({"action": "add-to-group", "everybody": True}, "group"),
        ({"action": "add-to-group", "everybody": True, "group": "/nowhere"}, "group"),
        ({"action": "disable", "everybody": True, "whom": 1}, "whom"),
    ],
)
def test_bad_jobs(robot: Program, body: dict[str, Any], member: str) -> None:
    """What is wrong is named, and nothing begins."""
    assert member in robot.refused("POST", "/jobs", body, status=400)
    assert robot.ask("GET", "/jobs")["items"] == []
    robot.refused("GET", "/jobs/7", status=404)
