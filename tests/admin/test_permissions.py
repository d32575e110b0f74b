"""What each role opens, and whom somebody with little authority cannot touch."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from idp.accounts import lookup
from idp.accounts.authority.permissions import ROLES
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import commit
from idp.groups import members
from tests.admin.conftest import Making, Visitor, hidden_fields, register
from tests.groups.making import group

SignIn = Callable[..., Visitor]
# What each page asks for.
PAGES = {
    "/admin": "overview.read",
    "/admin/clients": "clients.read",
    "/admin/clients/new": "clients.write",
    "/admin/clients/{client}": "clients.read",
    "/admin/clients/{client}/secret": "clients.write",
    "/admin/clients/{client}/delete": "clients.write",
    "/admin/clients/{client}/access": "clients.read",
    "/admin/clients/{client}/claims": "clients.read",
    "/admin/clients/{client}/exchanges": "clients.read",
    "/admin/clients/{client}/id-jags": "clients.read",
    "/admin/clients/{client}/preview": "clients.read",
    "/admin/clients/{client}/owners": "clients.read",
    "/admin/clients/{client}/test": "clients.write",
    "/admin/clients/{client}/branding": "clients.write",
    "/admin/clients/{client}/signals": "clients.read",
    "/admin/scopes": "clients.read",
    "/admin/scopes/claims?scope=openid": "clients.read",
    "/admin/groups": "groups.read",
    "/admin/groups/new": "groups.write",
    "/admin/groups/{group}": "groups.read",
    "/admin/groups/{group}/add": "groups.write",
    "/admin/roles": "groups.read",
    "/admin/roles/new": "groups.write",
    "/admin/registration": "clients.read",
    "/admin/people": "people.read",
    "/admin/people/many?act=disable&whom=found": "people.write",
    "/admin/people/jobs": "people.read",
    "/admin/people/{eve}": "people.read",
    "/admin/people/{eve}/disable": "people.write",
    "/admin/people/{eve}/sign-out": "people.support",
    "/admin/people/{eve}/factors/remove": "people.factors",
    "/admin/administrators": "authority.read",
    "/admin/administrators/groups": "authority.read",
    "/admin/administrators/{eve}/help-desk/give": "authority.grant",
    "/admin/invitations": "people.read",
    "/admin/invitations/new": "people.write",
    "/admin/sign-up": "policy.read",
    "/admin/attributes": "policy.read",
    "/admin/attributes/new": "policy.write",
    "/admin/details": "clients.read",
    "/admin/details/new": "clients.write",
    "/admin/resources": "clients.read",
    "/admin/resources/new": "clients.write",
    "/admin/issuers": "clients.read",
    "/admin/issuers/new": "clients.write",
    "/admin/people/{eve}/attributes": "people.write",
    "/admin/terms": "policy.read",
    "/admin/terms/new": "policy.write",
    "/admin/terms/end": "policy.write",
    "/admin/policy": "policy.read",
    "/admin/requests": "policy.read",
    "/admin/policy/everybody": "policy.write",
    "/admin/providers": "providers.read",
    "/admin/providers/new": "providers.write",
    "/admin/audit": "audit.read",
    "/admin/audit/retention": "audit.write",
    "/admin/streams": "audit.write",
    "/admin/mail": "system.read",
    "/admin/keys": "system.read",
    "/admin/keys/rotate": "system.write",
}
SECTIONS = (
    "clients",
    "scopes",
    "resources",
    "issuers",
    "details",
    "groups",
    "roles",
    "registration",
    "people",
    "administrators",
    "invitations",
    "sign-up",
    "attributes",
    "terms",
    "policy",
    "audit",
    "mail",
    "keys",
    "providers",
    "streams",
)
ACTS = {"disable": "people.write", "unlock": "people.support", "reset": "people.support", "sign-out": "people.support"}
ACTS |= {"factors/remove": "people.factors"}


def make_group(app: Flask, *people: Account) -> str:
    """Make a group with these people as members and owners; return its number."""
    with app.app_context():
        for account in people:
            members.add(group("/eng"), account, actor="root")
            members.add_owner(group("/eng"), account, actor="root")
        number = group("/eng").id
        commit()
        return str(number)


def test_every_page_is_named_here(app: Flask) -> None:
    """The table above has every administrators' page that hangs on nothing."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    found = {rule.rule for rule in rules if rule.endpoint.startswith("admin.")}
    named = {path.partition("?")[0] for path in PAGES} | {"/admin/scopes/claims/remove"}  # which asks about a claim
    assert found - named == set()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_it_permits(
    app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn, role: str
) -> None:
    """Each page opens for a role that has its permission, and is 403 with the owners' names for any other; so is the navigation."""
    names = {"client": register(admin), "eve": add_account("eve@example.com").sub}
    names["group"] = make_group(app)
    visitor = sign_in(add_account(f"{role}@example.com", role=role))
    for path, permission in PAGES.items():
        answer = visitor.get(path.format(**names))
        page = answer.get_data(as_text=True)
        if permission in ROLES[role]:
            assert answer.status_code == 200, path
        else:
            assert answer.status_code == 403, path
            assert "Ask an owner of this server: admin@example.com" in page
            assert 'href="/admin"' in page
    navigation = visitor.text("/admin").partition('<nav class="sections"')[2].partition("</nav>")[0]
    shown = {section for section in SECTIONS if f'href="/admin/{section}"' in navigation}
    assert shown == {section for section in SECTIONS if PAGES[f"/admin/{section}"] in ROLES[role]}


@pytest.mark.parametrize("role", ["reader", "help-desk", "clients", "people"])
def test_no_page_offers_what_it_would_refuse(
    app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn, role: str
) -> None:
    """Every link and form on the pages that a role may open leads to something that it may do."""
    client_id, eve = register(admin), add_account("eve@example.com", second_factor_since=clock.now())
    visitor = sign_in(add_account(f"{role}@example.com", role=role))
    names = {"client": client_id, "eve": eve.sub, "group": make_group(app, eve)}
    opened = [path.format(**names) for path, needed in PAGES.items() if needed in ROLES[role]]
    opened += [f"/admin/people/{admin.sub}"] if "people.read" in ROLES[role] else []
    for path in sorted(opened, key=lambda path: path.endswith("/delete")):  # what is deleted is gone for the others
        page = visitor.text(path)
        for link in set(re.findall(r'href="(/admin[^"#]*)"', page)):
            assert visitor.get(link.replace("&amp;", "&")).status_code != 403, (path, link)
        for form in re.findall(r'<form[^>]*method="post"[^>]*>', page):
            target = re.search(r'action="([^"]*)"', form)
            data = hidden_fields(page) | {"person": ""}
            answer = visitor.client.post(target[1] if target else path, data=data)
            assert answer.status_code != 403, (path, form)


@pytest.mark.parametrize("verb", ACTS)
def test_nobody_acts_on_who_may_more(
    app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn, verb: str
) -> None:
    """Help desk and people administrators help ordinary people, and can do nothing to an account that may more, disabled or not."""
    eve = add_account("eve@example.com")
    gone = add_account("gone@example.com", admin=True, disabled_at=clock.now())
    for role in ("help-desk", "people"):
        visitor = sign_in(add_account(f"{role}@example.com", role=role))
        if ACTS[verb] not in ROLES[role]:
            continue
        token = visitor.fields(f"/admin/people/{eve.sub}")
        for sub in (admin.sub, gone.sub):
            answer = visitor.client.post(f"/admin/people/{sub}/{verb}", data=token)
            assert answer.status_code == 403, (role, sub)
            assert "administers more than you do" in answer.get_data(as_text=True)
        assert "ask an owner" in visitor.text(f"/admin/people/{admin.sub}")
        assert visitor.client.post(f"/admin/people/{eve.sub}/{verb}", data=token).status_code == 303
    with app.app_context():
        account = lookup.find_by_sub(admin.sub)
        assert account is not None
        assert (account.token_epoch, account.disabled_at) == (0, None)


def test_factors_of_administrators_are_for_owners(
    app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn
) -> None:
    """A people administrator removes the lost factors of a person, never those of somebody with any role; an owner does."""
    boss = sign_in(add_account("boss@example.com", role="people"))
    desk = add_account("desk@example.com", role="help-desk", second_factor_since=clock.now())
    eve = add_account("eve@example.com", second_factor_since=clock.now())
    token = boss.fields("/admin/people/" + eve.sub)
    statuses = [
        boss.client.post(f"/admin/people/{account.sub}/factors/remove", data=token).status_code
        for account in (eve, desk)
    ]
    assert statuses == [303, 403]
    assert boss.get(f"/admin/people/{desk.sub}/factors/remove").status_code == 403
    assert admin.send(f"/admin/people/{desk.sub}/factors/remove").status_code == 303
    with app.app_context():
        account = lookup.find_by_sub(desk.sub)
        assert account is not None
        assert not account.has_second_factor


def test_a_stranger_is_not_told_who_owns_the_server(add_account: Making, sign_in: SignIn, admin: Visitor) -> None:
    """Somebody without any role gets the plain 403, which names nobody."""
    answer = sign_in(add_account("eve@example.com")).get("/admin/people")
    assert answer.status_code == 403
    assert "admin@example.com" not in answer.get_data(as_text=True)


def test_a_preview_of_somebody_else_takes_the_right_to_see_people(
    admin: Visitor, add_account: Making, sign_in: SignIn
) -> None:
    """Who administers clients alone sees what would be told of their own account, and is not told whether another one exists."""
    client_id = register(admin)
    add_account("eve@example.com")
    visitor = sign_in(add_account("clients@example.com", role="clients"))
    path = f"/admin/clients/{client_id}/preview?who="
    assert visitor.get(f"{path}clients@example.com").status_code == 200
    for who in ("eve@example.com", "nobody@example.com"):
        assert visitor.get(path + who).status_code == 403
        assert admin.get(path + who).status_code == 200
