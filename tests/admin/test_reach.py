"""Roles for one group's people: whom they show, what they permit there, and that everything else stays closed to them."""

from collections.abc import Callable

import pytest
from flask import Flask

from idp.accounts.models import Account
from tests.admin.conftest import Making, Visitor, register
from tests.admin.reaching import boss as boss
from tests.admin.reaching import desk as desk
from tests.admin.reaching import eve as eve
from tests.admin.reaching import give, is_disabled, person, post, put
from tests.admin.reaching import mallory as mallory

SignIn = Callable[..., Visitor]
OPEN = {  # what a role for one group's people opens; whatever else there is under /admin stays closed to it
    "admin.people.show_people",
    "admin.people.show_person",
    "admin.people.ask",
    "admin.people.disable",
    "admin.people.enable",
    "admin.people.unlock",
    "admin.people.start_reset",
    "admin.people.sign_out",
    "admin.people.show_session_end",
    "admin.people.end_session",
    "admin.people.show_factors_removal",
    "admin.people.answer_factors_removal",
}
HELPING = ("unlock", "reset", "sign-out", "factors/remove")


def test_every_other_page_is_closed(app: Flask, admin: Visitor, boss: Visitor, eve: Account) -> None:
    """Of all addresses under /admin, the people administrator of a group is let in at those named here alone, by whichever method."""
    names = {"client_id": register(admin), "sub": eve.sub, "group_id": 1, "role": "reader", "verb": "give"}
    token, opened, walked = boss.fields("/account/delete"), set[str](), 0
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("admin.") or rule.endpoint in OPEN:
            continue
        for method in {"GET", "POST"} & (rule.methods or set()):
            values = {name: names.get(name, 90) for name in rule.arguments}
            for name, converter in rule._converters.items():
                values[name] = next(iter(getattr(converter, "items", ())), values[name])
            with app.test_request_context():
                path = app.url_map.bind("localhost").build(rule.endpoint, values, method=method, force_external=False)
            answer = boss.client.open(path, method=method, data=token if method == "POST" else None)
            walked += 1
            if answer.status_code != 403:
                opened.add(f"{method} {rule.endpoint} {answer.status_code}")
    assert opened == {"GET admin.dashboard.show_overview 303"}  # which leads on to the people
    assert walked > 80


def test_views_that_open_for_some_people_are_named(app: Flask) -> None:
    """No view opens for roles of one group's people but those that the walk leaves out."""
    views = app.view_functions.items()
    assert {name for name, view in views if getattr(view, "is_in_reach", False)} == OPEN


def test_the_way_in_leads_to_the_people(desk: Visitor) -> None:
    """The administration opens at the people, who are all that the navigation has, without jobs or acts on many."""
    answer = desk.get("/admin")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/people")
    page = desk.text("/admin/people")
    navigation = page.partition('<nav class="sections"')[2].partition("</nav>")[0]
    assert navigation.count("<a ") == 1
    assert 'href="/admin/people"' in navigation
    assert "/admin/people/jobs" not in page
    assert 'id="many"' not in page


def test_a_list_has_people_in_reach_alone(desk: Visitor, eve: Account, mallory: Account) -> None:
    """The list and the search show members of the group and of those below, and nobody else who bears the same name."""
    for path in ("/admin/people", "/admin/people?q=eve", "/admin/people?q=example"):
        page = desk.text(path)
        assert eve.email in page
        assert mallory.email not in page
        assert "admin@example.com" not in page
        assert "1 account<" in page
    assert "No account matches" in desk.text("/admin/people?q=mallory")


def test_a_list_is_paged(app: Flask, desk: Visitor, add_account: Making) -> None:
    """Thirty people fill two pages, each once, also who is in two groups of the reach."""
    for number in range(30):
        account = add_account(f"p{number:02}@example.com")
        put(app, account)
        if number < 3:
            put(app, account, "/eng/backend")
    first, second = desk.text("/admin/people"), desk.text("/admin/people?page=2")
    assert "30 accounts" in first
    assert first.count("p00@example.com") == second.count("p29@example.com") == 1


def test_who_is_out_of_reach_is_not_there(desk: Visitor, admin: Visitor, mallory: Account) -> None:
    """A person out of reach is answered as one that does not exist, at every address."""
    for sub in (mallory.sub, admin.sub, "nobody"):
        for path in ("", "/disable", "/sign-out", "/factors/remove", "/sessions/x/end"):
            assert desk.get(f"/admin/people/{sub}{path}").status_code == 404
    for act in (*HELPING, "disable", "enable", "sessions/x/end"):
        assert post(desk, mallory, act) == 404


@pytest.mark.parametrize("act", HELPING)
def test_a_help_desk_helps_its_people(desk: Visitor, eve: Account, act: str) -> None:
    """What a help desk does is done to somebody in reach."""
    assert post(desk, eve, act) == 303


def test_a_help_desk_disables_nobody(app: Flask, desk: Visitor, eve: Account) -> None:
    """Disabling is no help: it is not offered, not asked and not done."""
    page = desk.text(f"/admin/people/{eve.sub}")
    assert "person-reset" in page
    assert "person-disable" not in page
    assert desk.get(f"/admin/people/{eve.sub}/disable").status_code == 403
    assert (post(desk, eve, "disable"), is_disabled(app, eve)) == (403, False)


def test_a_people_administrator_of_a_group_disables_and_enables(app: Flask, boss: Visitor, eve: Account) -> None:
    """A people administrator of the group is offered to disable an account, and enables it again; attributes and groups stay closed."""
    path = f"/admin/people/{eve.sub}"
    assert "person-disable" in boss.text(path)
    assert boss.get(f"{path}/disable").status_code == 200
    assert (post(boss, eve, "disable"), is_disabled(app, eve)) == (303, True)
    assert (post(boss, eve, "enable"), is_disabled(app, eve)) == (303, False)
    assert boss.get(f"{path}/attributes").status_code == 403
    assert 'id="standing"' not in boss.text(path)


def test_no_page_offers_what_it_would_refuse(boss: Visitor, desk: Visitor, eve: Account) -> None:
    """Every link into the administration on the pages of these roles leads somewhere."""
    for visitor in (boss, desk):
        for path in ("/admin/people", f"/admin/people/{eve.sub}"):
            links = {part.partition('"')[0] for part in visitor.text(path).split('href="/admin')[1:]}
            assert links
            assert {link for link in links if visitor.get(f"/admin{link}").status_code not in {200, 303}} == set()


def test_administrators_in_the_group_are_seen_and_not_acted_on(
    app: Flask, boss: Visitor, desk: Visitor, add_account: Making
) -> None:
    """Whoever has any role, also one for the same group alone, can be put into the group without coming into anybody's hands."""
    reader = add_account("reader@example.com", role="reader")
    with person(app, desk.sub) as found:
        colleague = found
    for target in (reader, colleague):
        put(app, target)
        page = boss.text(f"/admin/people/{target.sub}")
        assert "ask an owner" in page
        assert "person-disable" not in page
        assert {post(boss, target, act) for act in (*HELPING, "disable")} == {403}
        assert not is_disabled(app, target)


def test_nobody_with_less_acts_on_them(
    app: Flask, boss: Visitor, add_account: Making, sign_in: SignIn, admin: Visitor
) -> None:
    """A help desk of the whole server does nothing to a group's people administrator, who may more on some; an owner does."""
    helper = sign_in(add_account("help@example.com", role="help-desk"))
    with person(app, boss.sub) as found:
        target = found
    assert post(helper, target, "reset") == 403
    assert post(admin, target, "reset") == 303


def test_roles_for_two_groups_and_one_for_everybody(
    app: Flask, add_account: Making, sign_in: SignIn, eve: Account, mallory: Account
) -> None:
    """Each group has what its own role permits, and a role of the whole server stands beside them."""
    ann = add_account("ann@example.com", role="clients")
    give(app, ann, "people", "/eng")
    give(app, ann, "help-desk", "/sales")
    visitor = sign_in(ann)
    assert visitor.get("/admin").status_code == 200
    assert 'href="/admin/people"' in visitor.text("/admin/clients")
    page = visitor.text("/admin/people")
    assert eve.email in page
    assert mallory.email in page
    assert (post(visitor, eve, "disable"), post(visitor, mallory, "disable")) == (303, 403)
    assert post(visitor, mallory, "unlock") == 303


def test_a_limited_role_adds_to_the_same_of_the_whole_server(
    app: Flask, add_account: Making, sign_in: SignIn, eve: Account, mallory: Account
) -> None:
    """A help desk for everybody who is people administrator of one group sees everybody, and disables those of the group."""
    ann = add_account("ann@example.com", role="help-desk")
    give(app, ann, "people")
    visitor = sign_in(ann)
    assert mallory.email in visitor.text("/admin/people")
    assert "person-disable" not in visitor.text(f"/admin/people/{mallory.sub}")
    assert (post(visitor, eve, "disable"), post(visitor, mallory, "disable")) == (303, 403)
