"""People, invitations and events over HTTP: what the pages do, with the same marks in the log and the same mails."""

import pytest

from tests.api.calling import Program
from tests.core import mails
from tests.factories import PASSWORD, Provider


def test_people_are_listed_found_and_told(provider: Provider, robot: Program) -> None:
    """Parts of the list join to the whole, a search finds by words, and nothing secret is told."""
    people = [provider.person(f"p{number}@example.org", username=f"person{number}") for number in range(5)]
    first = robot.ask("GET", "/people", limit=3)
    second = robot.ask("GET", "/people", limit=3, after=first["next"])
    assert [row["sub"] for row in first["items"] + second["items"]] == [person.sub for person in people]
    assert second["next"] is None
    (found,) = robot.ask("GET", "/people", q="person3")["items"]
    assert found["email"] == "p3@example.org"
    for name in (people[3].sub, "p3@example.org", "person3"):
        assert robot.ask("GET", f"/people/{name}") == found
    assert not [name for name in found if "hash" in name or "digest" in name or "secret" in name]
    for path in ("/people", "/events", "/invitations"):
        for after in ("x", "0", "-1", "0" * 5000 + "1", "9" * 40):
            assert robot.refused("GET", path, status=400, after=after) == {"after": "This is no place in the list."}
    robot.refused("GET", "/people/nobody@example.org", status=404)


def test_somebody_is_disabled_and_enabled(provider: Provider, robot: Program) -> None:
    """A disabled person is signed out and comes in no more; enabled again they do."""
    ann = provider.person()
    browser = provider.browser(ann)
    assert robot.ask("POST", f"/people/{ann.sub}/disable")["disabled_at"] is not None
    assert browser.get("/account").status_code == 303
    assert robot.ask("POST", f"/people/{ann.sub}/enable")["disabled_at"] is None
    assert provider.browser(ann).get("/account").status_code == 200


def test_somebody_is_signed_out_everywhere_and_told(provider: Provider, robot: Program) -> None:
    """Every session ends, and a mail says so."""
    ann = provider.person()
    browser = provider.browser(ann)
    robot.ask("POST", f"/people/{ann.sub}/sign-out")
    assert browser.get("/account").status_code == 303
    with provider.working():
        assert [mail.to for mail in mails.waiting()] == [ann.email]


def test_a_reset_goes_by_mail_alone(provider: Provider, robot: Program) -> None:
    """The link is in the mail, not in the answer; a disabled account gets none."""
    ann = provider.person()
    answer = robot.send("POST", f"/people/{ann.sub}/start-reset")
    with provider.working():
        (mail,) = mails.waiting()
    assert mail.token not in answer.text
    robot.ask("POST", f"/people/{ann.sub}/disable")
    assert "Enable the account" in robot.refused("POST", f"/people/{ann.sub}/start-reset", status=409)[""]


@pytest.mark.parametrize("act", ["unlock", "remove-factors"])
def test_other_acts(provider: Provider, robot: Program, act: str) -> None:
    """They are done and recorded with who acted; an act that is none is 404."""
    ann = provider.person()
    robot.ask("POST", f"/people/{ann.sub}/{act}")
    robot.refused("POST", f"/people/{ann.sub}/praise", status=404)
    events = robot.ask("GET", "/events", who=ann.sub)["items"]
    assert "client robot" in [event["actor"] for event in events]


def test_somebody_is_erased(provider: Provider, robot: Program) -> None:
    """The account and all of it is gone, and is told no more."""
    ann = provider.person()
    robot.ask("DELETE", f"/people/{ann.sub}", status=204)
    robot.refused("GET", f"/people/{ann.sub}", status=404)
    robot.refused("DELETE", f"/people/{ann.sub}", status=404)


def test_the_log_is_found_by_filters_and_in_parts(provider: Provider, robot: Program) -> None:
    """Filters fit together, parts join to the whole, newest first, and a bad filter is named."""
    ann = provider.person()
    provider.browser().submit("/signin", username=ann.email, password="wrong")
    provider.browser().submit("/signin", username=ann.email, password=PASSWORD)
    events = robot.ask("GET", "/events", who=ann.email)["items"]
    assert [event["id"] for event in events] == sorted((event["id"] for event in events), reverse=True)
    failed = robot.ask("GET", "/events", who=ann.email, outcome="failure", since="2026")["items"]
    assert failed == [event for event in events if event["outcome"] == "failure"]
    assert failed
    first = robot.ask("GET", "/events", limit=1)
    assert first["next"] == str(first["items"][0]["id"])
    assert robot.ask("GET", "/events", limit=500, after=first["next"])["items"][0]["id"] < first["items"][0]["id"]
    for name, value in (("outcome", "fine"), ("since", "yesterday"), ("until", "x"), ("after", "x")):
        assert name in robot.refused("GET", "/events", status=400, **{name: value})


def test_people_are_invited_again_and_not_any_more(provider: Provider, robot: Program) -> None:
    """A letter goes to each stranger; an invitation is listed, sent again and revoked, and then is over."""
    robot.ask("PUT", "/groups/eng", {}, status=201)
    ann = provider.person()
    body = {"emails": ["New@Example.org", ann.email], "groups": ["/eng"], "days": 3}
    outcomes = robot.ask("POST", "/invitations", body, status=201)["outcomes"]
    assert outcomes == [{"email": "new@example.org", "outcome": "sent"}, {"email": ann.email, "outcome": "given"}]
    (listed,) = robot.ask("GET", "/invitations", state="waiting")["items"]
    assert (listed["email"], listed["invited_by"]) == ("new@example.org", "client robot")
    assert robot.ask("POST", f"/invitations/{listed['id']}/resend")["outcome"] == "sent"
    assert robot.ask("DELETE", f"/invitations/{listed['id']}")["state"] == "revoked"
    for method, path in (("DELETE", ""), ("POST", "/resend")):
        assert "is over" in robot.refused(method, f"/invitations/{listed['id']}{path}", status=409)[""]
    robot.refused("DELETE", "/invitations/99", status=404)


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({}, "emails"), ({"emails": []}, "emails"), ({"emails": ["a@b.example", "nonsense"]}, "emails[1]"),
        ({"emails": ["a@b.example"], "groups": ["/none"]}, "groups[0]"), ({"emails": ["a@b.example"], "days": 0}, "days"),
        ({"emails": ["a@b.example"], "days": True}, "days"), ({"emails": ["a@b.example"], "group": "/eng"}, "group"),
    ],
)  # fmt: skip
def test_bad_invitations_are_refused_whole(
    provider: Provider, robot: Program, body: dict[str, object], member: str
) -> None:
    """What is wrong is named, and nobody is invited."""
    assert member in robot.refused("POST", "/invitations", body, status=400)
    assert robot.ask("GET", "/invitations")["items"] == []
