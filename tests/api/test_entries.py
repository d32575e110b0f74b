"""What the configuration file has, over HTTP: told, brought there, deleted; bad input is answered with the member and a sentence."""

from typing import Any

import pytest
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base.database import session
from tests.api.calling import Program
from tests.factories import Provider

SHOP = {
    "client_name": "Paper Shop",
    "redirect_uris": ["https://shop.example/callback"],
    "access": {"for": "groups", "groups": ["/eng"]},
    "claim_mappers": [{"claim": "team", "source": "groups", "value": "names"}],
}
ENTRIES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("/groups/eng/backend", {"description": "Writes servers"}, {"description": "Writes"}),
    ("/groups/eng", {}, {"description": "Writes"}),
    ("/clients/shop", SHOP, SHOP | {"client_name": "Shop"}),
    ("/roles/editor?client_id=shop", {"default": "new"}, {"default": "everybody"}),
    ("/roles/reader", {"groups": [{"path": "/eng"}]}, {"description": "Reads"}),
    ("/scopes/groups", {"claim_mappers": [{"claim": "teams", "source": "groups", "value": "paths"}]}, {"claim_mappers": []}),
    ("/policies/second_factor", {"value": "administrators"}, {"value": "nobody"}),
    ("/attributes/shoe_size", {"kind": "number", "label": "Size"}, {"kind": "number", "label": "Shoe size"}),
    (
        "/resources/https://api.example/v1/",
        {"scopes": [{"scope": "orders.read", "title": "See your orders"}]},
        {"scopes": [{"scope": "orders.read"}], "access_token_format": "opaque"},
    ),
    (
        "/authorization_details_types/payment",
        {"words": "{amount}", "json_schema": {"type": "object"}},
        {"title": "A payment", "json_schema": {"type": "object", "required": ["amount"]}},
    ),
    (
        "/providers/corp",
        {"display_name": "Corp", "issuer": "https://id.corp.example", "client_id": "us", "client_secret": "s" * 32},
        {"display_name": "Corporation", "issuer": "https://id.corp.example", "client_id": "us"},
    ),
    (
        "/issuers/https://cluster.example",
        {"workloads": [{"client_id": "shop", "sub": "system:serviceaccount:shop:orders"}]},
        {"grant_profiles": ["id-jag"], "clients": ["shop"], "scope": "orders.read", "provider": "corp"},
    ),
]  # fmt: skip


def bring_all(robot: Program) -> None:
    """Bring every entry there."""
    for path, body, _changed in ENTRIES:
        robot.ask("PUT", path, body, status=200 if path in ("/groups/eng",) else 201)


def test_every_section_is_brought_told_changed_and_deleted(provider: Provider, robot: Program) -> None:
    """Each entry is there after it was put, the same once more changes nothing, another body changes it, and the list has it."""
    bring_all(robot)
    for path, body, changed in ENTRIES:
        first = robot.send("GET", path)
        again = robot.send("PUT", path, body)
        assert (again.status_code, again.headers["ETag"]) == (200, first.headers["ETag"]), path
        told = robot.ask("PUT", path, changed)
        assert told == robot.ask("GET", path)
        assert told != first.json
        section = path.split("/")[1]
        assert told in robot.ask("GET", f"/{section}")["items"]
    for path, _body, _changed in reversed(ENTRIES):
        if path.startswith("/policies"):
            assert "never undone" in robot.refused("DELETE", path, status=409)[""]
        elif not path.endswith("/eng") and not path.startswith("/scopes"):
            robot.ask("DELETE", path, status=204, **({"yes": "true"} if path.startswith("/attributes") else {}))
            robot.refused("GET", path, status=404)


def test_a_new_client_gets_a_secret_that_works_and_is_told_once(provider: Provider, robot: Program) -> None:
    """The secret is in the answer of its making alone; one that is sent counts, and neither it nor a digest is ever told."""
    body = {"client_name": "Till", "grant_types": ["client_credentials"], "scope": "till"}
    secret = robot.ask("PUT", "/clients/till", body, status=201)["client_secret"]
    for one in (secret, "a secret of thirty-two letters or more"):
        form = {"grant_type": "client_credentials", "client_id": "till", "client_secret": one}
        assert provider.http.post("/oauth/token", data=form).status_code == 200
        told = robot.ask("PUT", "/clients/till", body | {"client_secret": "a secret of thirty-two letters or more"})
        assert "secret" not in str(told.keys())
    assert "secret" not in str(robot.ask("GET", "/clients/till").keys())
    assert "client_secret" not in robot.ask("PUT", "/clients/dry", body, status=201, dry_run="true")
    robot.refused("GET", "/clients/dry", status=404)


def test_whoever_was_overtaken_is_told(robot: Program) -> None:
    """A change or a deletion over an older version is 412, shows what is there now, and does nothing; over the newest it works."""
    robot.ask("PUT", "/groups/eng", {}, status=201)
    seen = robot.send("GET", "/groups/eng").headers["ETag"]
    robot.ask("PUT", "/groups/eng", {"description": "first"}, headers={"If-Match": seen})
    second = robot.send("PUT", "/groups/eng", {"description": "second"}, headers={"If-Match": seen})
    assert (second.status_code, second.json["current"]["description"]) == (412, "first")  # type: ignore[index]
    robot.refused("DELETE", "/groups/eng", status=412, headers={"If-Match": seen})
    newest = {"If-Match": second.headers["ETag"]}
    assert robot.ask("PUT", "/groups/eng", {"description": "second"}, headers=newest)["description"] == "second"
    robot.refused("PUT", "/groups/gone", {}, status=412, headers={"If-Match": "*"})


@pytest.mark.parametrize(
    ("path", "body", "member", "sentence"),
    [
        ("/clients/shop", SHOP | {"redirect_uri": "x"}, "redirect_uri", "Did you mean redirect_uris"),
        ("/clients/shop", SHOP | {"redirect_uris": ["http://shop.example"]}, "redirect_uris", "https"),
        ("/clients/shop", SHOP, "access", "There is no group /eng"),
        ("/clients/shop", SHOP | {"client_id": "other"}, "client_id", "another name"),
        ("/clients/shop", {"client_name": "A", "client_secret": {"file": "/etc/passwd"}}, "client_secret", "itself"),
        ("/provisioning/shop", {"base_url": "https://a.example", "token": {"file": "/etc/passwd"}}, "token", "itself"),
        ("/groups/eng", {"token": {"file": "/etc/passwd"}}, "token", "no member of this name"),
        ("/providers/corp", {"client_id": "us", "icon_file": "/etc/passwd"}, "icon_file", "page"),
        ("/policies/weather", {"value": "fine"}, "name", "Use one of"),
        ("/policies/second_factor", {}, "value", "needed"),
        ("/attributes/size", {"kind": "shape"}, "kind", "Use one of"),
        ("/groups/eng", {"description": 5}, "description", "text"),
        ("/issuers/https://a.example", {"workloads": [{"client_id": "shop", "sub": "a"}]}, "workloads", "There is no client shop"),
        ("/issuers/https://a.example", {"scope": "admin"}, "scope", "on another server's word"),
        ("/issuers/https://a.example", {"provider": "gone"}, "provider", "There is no sign-in provider gone"),
        ("/issuers/https://a.example", {"jwks": {"keys": []}}, "jwks", "can be used"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_member(
    robot: Program, path: str, body: dict[str, Any], member: str, sentence: str
) -> None:
    """Bad input is 400 with the member and a sentence, and nothing is done."""
    assert sentence in robot.refused("PUT", path, body, status=400)[member]
    if not path.startswith("/policies"):
        robot.refused("GET", path, status=404)


def test_bodies_that_are_none(robot: Program) -> None:
    """What is no JSON object is 400, another media type 415, an address that is none 404, each as a problem document."""
    for data in (b"[]", b"{", b'{"a": 1, "a": 2}', b"\xff"):
        answer = robot.provider.app.test_client().put(
            "/api/v1/groups/eng", data=data, content_type="application/json", headers={"Authorization": f"Bearer {robot.token}"}
        )  # fmt: skip
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    form = robot.provider.app.test_client().put(
        "/api/v1/groups/eng", data={"a": "b"}, headers={"Authorization": f"Bearer {robot.token}"}
    )
    assert form.status_code == 415
    robot.refused("GET", "/weather", status=404)
    robot.refused("PATCH", "/groups/eng", {}, status=405)


def test_lists_are_told_in_parts(provider: Provider, robot: Program) -> None:
    """Parts of a list join to the whole, for every section, and a limit beyond bounds is refused."""
    bring_all(robot)
    for number in range(5):
        robot.ask(
            "PUT", f"/clients/client-{number}", {"client_name": "A", "redirect_uris": ["https://a.example"]}, status=201
        )
    for section in ("clients", "groups", "roles", "providers"):
        whole = robot.ask("GET", f"/{section}")["items"]
        parts: list[Any] = []
        asked: dict[str, Any] = {"limit": 2}
        while asked:
            part = robot.ask("GET", f"/{section}", **asked)
            parts += part["items"]
            asked = {"limit": 2, "after": part["next"]} if part["next"] is not None else {}
        assert parts == whole, section
    for limit in ("0", "501", "x", "-1", "0000010000", "1" * 5000):
        assert "500" in robot.refused("GET", "/clients", status=400, limit=limit)["limit"]


def test_what_hangs_on_it_goes_only_where_that_is_said(provider: Provider, robot: Program) -> None:
    """A group with members, or one that a client is for, is deleted with `yes=true` alone."""
    robot.ask("PUT", "/groups/eng", {}, status=201)
    robot.ask("PUT", "/clients/shop", SHOP, status=201)
    assert "?yes=true" in robot.refused("DELETE", "/groups/eng", status=409)[""]
    robot.ask("DELETE", "/groups/eng", status=204, yes="true")


def test_every_change_is_recorded_with_who_acted(provider: Provider, robot: Program) -> None:
    """The log names the client as the actor, with what was before and after."""
    robot.ask("PUT", "/groups/eng", {"description": "first"}, status=201)
    robot.ask("PUT", "/groups/eng", {"description": "second"})
    with provider.working():
        query = select(AuditEvent).where(AuditEvent.actor == "client robot").order_by(AuditEvent.id)
        events = list(session().scalars(query))
    assert [event.event for event in events] == ["group.created", "group.changed"]
    assert events[1].changes == {"description": ["first", "second"]}
