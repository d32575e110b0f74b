"""`idp provisioning`: targets are set, listed, tried and deleted; a configuration file says the same."""

import json
from collections.abc import Callable

from idp.pushing import targets
from tests.applying.bringing import actions, bring, export, refusals
from tests.factories import Provider
from tests.pushing.conftest import TOKEN

Run = Callable[..., str]
URL = "https://chat.example/scim"
VARIABLES = {"CHAT_TOKEN": TOKEN}


def test_a_target_is_set_and_deleted(provider: Provider, command: Run) -> None:
    """JSON throughout, without the token; what is wrong is named; a client without a target has none to try."""
    provider.client(client_id="chat")
    made = json.loads(command("provisioning", "set", "chat", "--base-url", URL, "--token-stdin", given=f"{TOKEN}\n"))
    assert (made["client_id"], made["base_url"], made["people"]) == ("chat", URL, "everybody")
    (listed,) = command("provisioning", "list").splitlines()
    assert json.loads(listed) == made
    assert TOKEN not in command("provisioning", "show", "chat")
    assert "Enter the token again" in command("provisioning", "set", "chat", "--base-url", f"{URL}2", fails=True)
    assert "there is no group /x" in command(
        "provisioning", "set", "chat", "--base-url", URL, "--group", "/x", fails=True
    )
    for verb in ("pause", "resume", "push"):
        command("provisioning", verb, "chat")
    assert "it does not work" in command("provisioning", "test", "chat", fails=True)
    command("provisioning", "delete", "chat")
    assert "has no target" in command("provisioning", "test", "chat", fails=True)
    assert "there is no client" in command("provisioning", "set", "wiki", "--base-url", URL, fails=True)


def test_a_file_says_where_people_are_brought(provider: Provider) -> None:
    """Made, changed without the token, exported with a reference to it, and pruned; a client or group that is not there is told."""
    provider.client(client_id="chat", public=True)
    entry = f"provisioning:\n- client_id: chat\n  base_url: {URL}\n"
    assert "token" in refusals(bring(provider, entry))[0]
    assert actions(bring(provider, f"{entry}  token: {{env: CHAT_TOKEN}}\n", variables=VARIABLES)) == [
        "created provisioning/chat"
    ]
    assert actions(bring(provider, f"{entry}  push_groups: true\n")) == ["changed provisioning/chat"]
    assert (
        actions(bring(provider, f"{entry}  push_groups: true\n  token: {{env: CHAT_TOKEN}}\n", variables=VARIABLES))
        == []
    )
    told = export(provider)
    assert "token:" in told
    assert "PROVISIONING_TOKEN_CHAT" in told
    assert actions(bring(provider, told)) == []
    assert "no group /x" in refusals(bring(provider, f"{entry}  people: /x\n"))[0]
    assert "no client wiki" in refusals(bring(provider, entry.replace("chat\n", "wiki\n")))[0]
    assert actions(bring(provider, "provisioning: []\n", prune=True)) == ["deleted provisioning/chat"]
    with provider.working():
        assert targets.get("chat") is None
