"""The page of a target: saved with errors at their fields, tried, paused, brought anew and deleted; the token is never shown."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base.database import session
from idp.groups import service as tree
from idp.pushing import targets
from tests.admin.conftest import Visitor
from tests.factories import Provider
from tests.pushing.conftest import TOKEN, Pushing, listening
from tests.pushing.stand_in import StandIn

PAGE = "/admin/clients/chat/provisioning"
FORM = {"base_url": "https://chat.example/scim", "token": TOKEN, "people": "everybody"}


@pytest.fixture
def chat(app: Flask, provider: Provider) -> Pushing:
    """A client without a target, and a server that may ask hosts of the test's own."""
    app.extensions["idp.settings"].allow_private_fetch = True
    return Pushing(provider, provider.client(client_id="chat"))


def act(admin: Visitor, verb: str) -> str:
    """Press a button of the page, and return the page that follows."""
    assert admin.send(PAGE, f"{PAGE}/{verb}").location == PAGE
    return admin.text(PAGE)


def test_a_target_is_made_tried_and_lives(admin: Visitor, provider: Provider, chat: Pushing) -> None:
    """What was typed is saved without the token being shown; the app is asked, people come, and each act is recorded."""
    provider.person("ann@example.org")
    there = StandIn(TOKEN)
    with listening(there) as address:
        assert admin.send(PAGE, **FORM | {"base_url": f"{address}/scim/"}).location == PAGE
        page = admin.text(PAGE)
        assert f"{address}/scim" in page
        assert TOKEN not in page
        assert "The app answers, and takes the token." in act(admin, "test")
        chat.carry()
        assert set(there.people()) == {"ann@example.org", "admin@example.com"}
        there.token = "another"
        assert "does not take the token (401)" in act(admin, "test")
        assert "Everybody is looked at now" in act(admin, "push")
        assert "Nobody is brought until it goes on." in act(admin, "pause")
        assert chat.carry() == 0
        assert "Paused" in admin.text(PAGE)
        act(admin, "resume")
    assert admin.send(f"{PAGE}/delete").location == "/admin/clients/chat"
    with provider.working():
        assert targets.get("chat") is None
        made = session().scalars(select(AuditEvent).where(AuditEvent.event.startswith("provisioning."))).all()
        verbs = ["created", "tested", "tested", "pushed_again", "paused", "resumed", "deleted"]
        assert [event.event.partition(".")[2] for event in made] == verbs
        assert all(TOKEN not in repr((event.detail, event.changes)) for event in made)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"base_url": "http://chat.example/scim"}, "An address is needed"),
        ({"base_url": "https://chat.example/scim?x=1"}, "An address is needed"),
        ({"token": ""}, "The token is needed"),
        ({"token": "two words"}, "The token is needed"),
        ({"people": "group"}, "Name at least one group"),
        ({"people": "group", "group": "/nowhere"}, "There is no group of this path."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    admin: Visitor, chat: Pushing, provider: Provider, fields: dict[str, str], said: str
) -> None:
    """Nothing is made, what was typed stays but for the token, and the field says what it wants."""
    provider.app.extensions["idp.settings"].allow_private_fetch = False
    answer = admin.send(PAGE, **FORM | fields)
    assert answer.status_code == 400
    assert said in answer.text
    assert TOKEN not in answer.text
    with provider.working():
        assert targets.get("chat") is None


def test_a_token_goes_to_no_other_address(admin: Visitor, chat: Pushing, provider: Provider) -> None:
    """Another address wants the token anew; everything else is changed without it."""
    with provider.working():
        tree.create("eng", actor="root")
    admin.send(PAGE, **FORM)
    moved = admin.send(PAGE, **FORM | {"base_url": "https://evil.example/scim", "token": ""})
    assert "Enter the token again" in moved.text
    assert admin.send(PAGE, **FORM | {"token": "", "people": "group", "group": "eng"}).status_code == 303
    row = chat.row()
    assert (row.base_url, row.is_for_group) == ("https://chat.example/scim", True)
    with provider.working():
        kept = targets.get("chat")
        assert kept is not None
        assert targets.open_remote(kept).token == TOKEN


def test_two_who_edit_at_once_lose_nothing(admin: Visitor, chat: Pushing, provider: Provider) -> None:
    """The second is shown what the first has changed, and saves both."""
    admin.send(PAGE, **FORM)
    hidden = admin.fields(PAGE)
    assert admin.send(PAGE, **FORM | {"token": "", "push_groups": "y"}).status_code == 303
    stale = hidden | FORM | {"base_url": "https://chat.example/v2", "token": ""}
    answer = admin.client.post(PAGE, data=stale, headers={"Accept": "text/html"})
    assert answer.status_code == 409
    assert "https://chat.example/v2" in answer.text
    assert re.search(
        r'<input[^>]*name="push_groups"[^>]*checked|<input[^>]*checked[^>]*name="push_groups"', answer.text
    )
    assert chat.row().pushes_groups
