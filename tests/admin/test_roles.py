"""The administrators' pages of roles, of who may use a client, of its claims, and the preview of its tokens."""

from collections.abc import Callable

from flask import Flask

from idp.base.database import commit
from idp.groups import members
from idp.roles import service
from idp.roles.models import Role
from tests.admin.conftest import Making, Visitor, register
from tests.factories import Provider
from tests.groups.making import group

SignIn = Callable[..., Visitor]


def test_a_role_is_made_given_and_taken(app: Flask, admin: Visitor, add_account: Making) -> None:
    """A role is made, given to a person until a day and to a group, shown on the person's page with its reason, and taken again."""
    eve = add_account("eve@example.com")
    with app.app_context():
        members.add(group("/eng/backend"), eve, actor="root")
        commit()
    made = admin.send("/admin/roles/new", name="editor", default="nobody", description="Writes")
    assert made.status_code == 303
    base = made.headers["Location"]
    assert f"{base}/add/{eve.sub}" in admin.text(f"{base}/add?q=eve")
    assert admin.send(f"{base}/add/{eve.sub}", until="2099-12-31").status_code == 303
    wrong = admin.send(f"{base}/groups", group="/nowhere", until="never")
    assert wrong.status_code == 400
    assert "There is no such entry" in wrong.text
    assert "Enter a day" in wrong.text
    assert admin.send(f"{base}/groups", group="/eng").status_code == 303
    page = admin.text(base)
    assert "31 Dec 2099" in page
    assert ">/eng<" in page
    person = admin.text(f"/admin/people/{eve.sub}")
    assert person.count(f'href="{base}"') == 2
    with app.app_context():
        number = group("/eng").id
    assert "1 person" in admin.text(f"{base}/delete")
    for path in (f"{base}/holders/{eve.sub}/remove", f"{base}/groups/{number}/remove"):
        assert admin.send(path).status_code == 303
    assert "given to nobody by name" in admin.text(base)
    assert admin.send(base, default="everybody", description="Writes").status_code == 303
    assert "Default" in admin.text(f"/admin/people/{eve.sub}").partition('id="standing"')[2]
    assert "Everybody" in admin.text("/admin/roles?q=edit")
    assert admin.send(f"{base}/delete").status_code == 303
    assert "There is no role yet" in admin.text("/admin/roles")


def test_bad_roles(app: Flask, admin: Visitor) -> None:
    """What a role cannot be is said at its field."""
    client_id = register(admin)
    assert admin.send("/admin/roles/new", name="admin", default="nobody").status_code == 303
    for fields, sentence in (
        ({"name": "two words"}, "without spaces and commas"),
        ({"name": "Admin", "client_id": client_id}, "There is a role of that name already"),
        ({"name": "x", "client_id": "nobody"}, "There is no such entry"),
        ({"name": "x", "default": "all"}, "Choose from what is offered"),
    ):
        answer = admin.send("/admin/roles/new", **({"default": "nobody"} | fields))
        assert answer.status_code == 400
        assert sentence in answer.text
    with app.app_context():
        assert isinstance(service.find_by_name("admin"), Role)


def test_who_may_use_a_client(app: Flask, admin: Visitor) -> None:
    """A client is opened to the members of groups by their paths; unknown ones are named, and none at all is refused."""
    client_id = register(admin)
    path = f"/admin/clients/{client_id}/access"
    with app.app_context():
        group("/eng/backend")
        commit()
    wrong = admin.send(path, access="groups", groups="/eng\n/nowhere")
    assert wrong.status_code == 400
    assert "There is no group /nowhere" in wrong.text
    assert "Name at least one group" in admin.send(path, access="groups").text
    assert admin.send(path, access="groups", groups="/eng\n/ENG/backend", note="Ask Bob.").status_code == 303
    assert "Only the members of some groups" in admin.text(f"/admin/clients/{client_id}")
    page = admin.text(path)
    assert "/eng\n/eng/backend" in page.replace("\r", "")
    assert "Ask Bob." in page
    assert "client.access_changed" in admin.text(f"/admin/audit?q={client_id}")
    assert admin.send(path, access="everybody").status_code == 303
    assert "Everybody with an account" in admin.text(f"/admin/clients/{client_id}")


def test_claims_of_a_client(app: Flask, admin: Visitor) -> None:
    """A claim is added, changed in its place and removed after a question; the protocol's are refused at the field."""
    client_id = register(admin)
    path = f"/admin/clients/{client_id}/claims"
    wrong = admin.send(path, claim="sub", source="constant:", text_value="root", id_token="y")
    assert wrong.status_code == 400
    assert "belongs to the protocol" in wrong.text
    assert "Choose at least one place" in admin.send(path, claim="tenant", source="constant:", text_value="north").text
    assert admin.send(path, claim="tenant", source="constant:", text_value="north", id_token="y").status_code == 303
    assert admin.send(path, claim="teams", source="groups:names", userinfo="y").status_code == 303
    assert 'value="north"' in admin.text(f"{path}?claim=tenant")
    assert admin.send(path, claim="tenant", source="account:email", access_token="y").status_code == 303
    page = admin.text(path)
    assert page.index(">tenant<") < page.index(">teams<")
    assert "Of the account: email" in page
    assert "told 2 claims of its own" in admin.text(f"/admin/clients/{client_id}")
    assert admin.send(f"{path}/remove?claim=tenant").status_code == 303
    assert ">tenant<" not in admin.text(path)


def test_claims_of_a_scope(admin: Visitor) -> None:
    """What goes with a scope is changed for all; the list shows what is built in and what was set."""
    assert "(Groups, as paths)" in admin.text("/admin/scopes")
    path = "/admin/scopes/claims?scope=groups"
    assert admin.send(path, claim="groups", source="groups:names", id_token="y").status_code == 303
    other = "/admin/scopes/claims?scope=jobs%3Aread"
    assert admin.send(other, claim="tenant", source="constant:", text_value="north", id_token="y").status_code == 303
    page = admin.text("/admin/scopes")
    assert "(Groups, as names)" in page
    assert "jobs:read" in page
    assert admin.send("/admin/scopes/claims/remove?scope=jobs%3Aread&claim=tenant").status_code == 303
    assert "tenant" not in admin.text("/admin/scopes")
    assert admin.get("/admin/scopes/claims").status_code == 303
    refused = admin.send("/admin/scopes/claims?scope=a%20b", claim="x", source="roles:all", id_token="y")
    assert refused.status_code == 400
    assert "without spaces" in refused.text


def test_the_preview_is_what_is_issued(provider: Provider) -> None:
    """The preview has the very claims that the tokens of a sign-in have, but for times and identifiers."""
    import html
    import json
    import re

    from idp.clients.mapping import Mapper
    from tests.spec.rfc9068.standing import STANDING, give, let_in, map_claims, put_into, told

    ann = provider.person("ann@example.org", username="ann")
    client = provider.client(client_id="shop", scope=f"{STANDING} email", claims_in_id_token=True)
    put_into(provider, ann, "/eng/backend")
    give(provider, ann, "seller", "shop")
    map_claims(provider, client, Mapper("login", "account", "preferred_username", access_token=True))
    found = told(provider, client, provider.browser(ann), f"{STANDING} email")
    root = provider.browser(provider.person("root@example.org", is_admin=True))
    page = root.get("/admin/clients/shop/preview?who=ann")
    assert page.status_code == 200
    new = {"iat", "exp", "jti", "sid", "auth_time", "at_hash", "gid", "nonce", "updated_at"}
    for place in ("id-token", "access-token", "userinfo"):
        text = re.search(rf'<code id="preview-{place}">(.*?)</code>', page.text, re.DOTALL)
        assert text is not None
        shown = json.loads(html.unescape(text[1]))
        issued = found[place.replace("-", "_")]
        assert {name: shown[name] for name in shown if name not in new} == {
            name: issued[name] for name in issued if name not in new
        }, place
    narrow = root.get("/admin/clients/shop/preview?who=ann@example.org&scope=openid").text
    assert "/eng/backend" not in narrow
    let_in(provider, client, "/ops")
    assert "there would be no tokens" in root.get(f"/admin/clients/shop/preview?who={ann.sub}").text
    assert "Nobody has the address" in root.get("/admin/clients/shop/preview?who=nobody").text
    put_into(provider, ann, *(f"/all/{number:03}" for number in range(200)))
    assert "Told by userinfo alone" in root.get("/admin/clients/shop/preview?who=ann").text


def test_the_page_of_a_client_says_what_it_asks_for_in_vain(provider: Provider) -> None:
    """A scope that the client asked for without being registered for it is named on its page, until it is registered."""
    client = provider.client(client_id="shop", scope="openid")
    provider.grant(client, provider.browser(provider.person("ann@example.org")), "openid groups")
    root = provider.browser(provider.person("root@example.org", is_admin=True))
    assert "registered for: groups." in root.get("/admin/clients/shop").text
    with provider.registration(client) as row:
        row.scope = "openid groups"
    assert "left-out" not in root.get("/admin/clients/shop").text
