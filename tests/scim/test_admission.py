"""Who may ask (RFC 7644, section 2), and what this server tells of itself (section 4)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import session
from tests.factories import Person, Provider
from tests.scim.calling import BASE, Directory, refused


def test_without_a_good_token_nobody_is_let_in(provider: Provider, directory: Directory) -> None:
    """Without a token, with a wrong one and with an old one it is 401 in SCIM's shape, with a challenge."""
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer x"}):
        answer = provider.http.get(f"{BASE}/Users", headers=headers)
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="scim"')
    with clock.moved(timedelta(hours=1)):
        refused(directory.send("GET", "/Users"), 401)
    provider.disable(directory.client)
    refused(directory.send("GET", "/Users"), 401)


def test_only_a_clients_own_token_with_the_scope_is_good(provider: Provider, directory: Directory, ann: Person) -> None:
    """A token without the scope, and one that stands for a person, are 403 and recorded."""
    other = Directory(provider, scope="other", name="other")
    refused(other.send("GET", "/Users"), 403)
    grants = ["authorization_code", "client_credentials"]
    shop = provider.client(scope="openid scim", grant_types=grants)
    other.token = provider.grant(shop, provider.browser(ann), scope="openid scim")["access_token"]
    assert "person" in refused(other.send("GET", "/Users"), 403)
    with provider.working():
        query = select(AuditEvent).where(AuditEvent.event == "request.refused").order_by(AuditEvent.id)
        causes = [(event.client_id, event.detail["cause"]) for event in session().scalars(query)]
    assert causes == [("other", "access_token_without_scim"), (shop.client_id, "access_token_of_person")]


def test_who_may_administer_people_lends_it_to_a_client(provider: Provider, directory: Directory) -> None:
    """The token of a grant is good while the person administers people and groups, so that directories without that grant get in."""
    owner = provider.person("owner@example.org", is_admin=True)
    shop = provider.client(scope="openid scim offline_access")
    directory.token = provider.grant(shop, provider.browser(owner), scope="openid scim offline_access")["access_token"]
    assert directory.get("/Users")["totalResults"] == 1
    with provider.account(owner) as account:
        account.is_admin = False
    refused(directory.send("GET", "/Users"), 403)


def test_a_scope_that_is_taken_away_ends_at_once(provider: Provider, directory: Directory) -> None:
    """A client that is no longer registered for the scope is refused with the tokens that it has."""
    with provider.registration(directory.client) as row:
        row.scope = "other"
        from idp.base.extensions import generation

        generation("clients").bump()
    refused(directory.send("GET", "/Users"), 403)


FAILURES: tuple[Any, ...] = (

        ("GET", "/Unknown", 404), ("GET", "/Users/nobody", 404), ("GET", "/Groups/7", 404), ("GET", "/Groups/x", 404),
        ("GET", "/Groups/99999999999", 404), ("GET", "/Schemas/x", 404), ("GET", "/ResourceTypes/x", 404), ("DELETE", "/Users", 405),
        ("POST", "/ServiceProviderConfig", 405), ("GET", "/Me", 501), ("GET", "/Schemas?filter=x", 403), ("GET", "", 404),
)  # fmt: skip


def test_failures_have_the_shape(directory: Directory) -> None:
    """Whatever fails under /scim/v2 is told as SCIM has it (section 3.12)."""
    for method, path, status in FAILURES:
        refused(directory.send(method, path), status)


def test_a_body_must_be_json(directory: Directory) -> None:
    """A body of another type, and one that is nested without end, are refused."""
    answer = directory.provider.app.test_client().post(
        f"{BASE}/Users", data=b"a=b", headers={"Authorization": f"Bearer {directory.token}"}
    )
    refused(answer, 400, "invalidSyntax")
    refused(directory.send("POST", "/Users", b'{"a":' * 500 + b"1" + b"}" * 500), 400, "invalidSyntax")
    refused(directory.send("POST", "/Users", b"[" * 100000), 400, "invalidSyntax")


def test_what_this_server_can_is_told_to_everybody(provider: Provider) -> None:
    """Without a token anybody reads what SCIM is here, the kinds of resources, and each schema."""
    config = provider.http.get(f"{BASE}/ServiceProviderConfig").json
    assert all(config[name]["supported"] for name in ("patch", "bulk", "filter", "changePassword", "sort", "etag"))
    kinds = provider.http.get(f"{BASE}/ResourceTypes").json["Resources"]
    assert [(kind["name"], kind["endpoint"]) for kind in kinds] == [("User", "/Users"), ("Group", "/Groups")]
    schemas = provider.http.get(f"{BASE}/Schemas").json["Resources"]
    for kind in kinds:
        for urn in (kind["schema"], *(one["schema"] for one in kind["schemaExtensions"])):
            assert provider.http.get(f"{BASE}/Schemas/{urn}").json["id"] == urn
    assert {one["name"] for one in schemas} >= {"User", "Group", "Schema", "ResourceType"}
