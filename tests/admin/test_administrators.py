"""The page of administrators: giving and withdrawing roles, asked first, told, and never the last owner's."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from idp.accounts.authority.permissions import ROLES
from idp.base import clock
from tests.admin.conftest import Making, Visitor
from tests.admin.test_asking import mailed

SignIn = Callable[..., Visitor]
PAGE = "/admin/administrators"


def give(visitor: Visitor, to: str, role: str, until: str = "") -> str:
    """Send the form, confirm where that is asked, and return the page that answers last."""
    answer = visitor.send(PAGE, person=to, role=role, until=until)
    if answer.status_code != 303:
        return answer.get_data(as_text=True)
    asked = answer.headers["Location"]
    question = visitor.text(asked)
    assert "the role “" in question
    assert visitor.send(asked).status_code == 303
    return visitor.text(PAGE)


def role_path(account: object, role: str, verb: str) -> str:
    """Return the address at which a role is given or withdrawn."""
    return f"{PAGE}/{account.sub}/{role}/{verb}"  # type: ignore[attr-defined]


def test_a_role_is_given_and_withdrawn(app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn) -> None:
    """Rights come and go at once; the person and the owners are told once, and the log says who did it, before and after."""
    eve = add_account("eve@example.com", given_name="Eve")
    visitor = sign_in(eve)
    page = give(admin, "eve@example.com", "help-desk")
    assert "eve@example.com" in page
    assert "Help desk" in page
    assert visitor.get("/admin/people").status_code == 200
    log = admin.text("/admin/audit?q=administrator.made")
    assert "eve@example.com" in log
    assert "admin@example.com" in log
    assert "help-desk" in log.partition("after:")[2]
    path = role_path(eve, "help-desk", "withdraw")
    assert f'href="{path}"' in admin.text(PAGE)
    assert admin.send(path).status_code == 303
    assert visitor.get("/admin/people").status_code == 403
    labels = [label for label, _text in mailed(app, "eve@example.com")]
    assert labels == ["administrator_made", "administrator_withdrawn"]
    told = mailed(app, "admin@example.com")
    assert [label for label, _text in told] == ["administrators_told"] * 2
    assert "By: admin@example.com" in told[0][1]


def test_a_role_ends_by_itself(admin: Visitor, add_account: Making, sign_in: SignIn, app: Flask) -> None:
    """A role with a last day counts on that day, and from the next on nothing is left of it, also after a purge."""
    from idp import purging
    from idp.accounts import lookup
    from idp.accounts.authority import holding

    eve = add_account("eve@example.com")
    last = (clock.now() + timedelta(days=3)).date()
    assert last.isoformat() in give(admin, "eve@example.com", "reader", last.isoformat())
    with clock.moved(timedelta(days=3)):
        assert sign_in(eve).get("/admin").status_code == 200
    with clock.moved(timedelta(days=4)):
        assert sign_in(eve).get("/admin").status_code == 403
        with app.app_context():
            assert purging.run() > 0
            account = lookup.find_by_sub(eve.sub)
            assert account is not None
            assert (account.is_admin, holding.roles_of(account)) == (False, [])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"person": "nobody@example.com", "role": "reader"}, "There is no such entry."),
        ({"person": "", "role": "reader"}, "Enter the address or username"),
        ({"person": "eve@example.com", "role": ""}, "Choose"),
        ({"person": "eve@example.com", "role": "emperor"}, "Choose from what is offered."),
        ({"person": "eve@example.com", "role": "reader", "until": "2020-01-01"}, "Enter a day that has not passed."),
        ({"person": "eve@example.com", "role": "reader", "until": "soon"}, "Enter the day as year, month and day"),
        ({"person": "late@example.com", "role": "reader"}, "Only an enabled account with a confirmed address"),
        ({"person": "gone@example.com", "role": "reader"}, "Only an enabled account with a confirmed address"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(
    admin: Visitor, add_account: Making, fields: dict[str, str], said: str
) -> None:
    """Whatever is wrong with the form is told with 400, and nobody gets a role."""
    add_account("eve@example.com")
    add_account("late@example.com", verified=False)
    add_account("gone@example.com", disabled_at=clock.now())
    answer = admin.send(PAGE, **fields)
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)
    assert "1 role" in admin.text(PAGE)


@pytest.mark.parametrize("path", ["{sub}/emperor/give", "{sub}/reader/give?until=soon", "nobody/reader/give"])
def test_an_address_that_names_nothing_is_not_found(admin: Visitor, add_account: Making, path: str) -> None:
    """A role, a day or a person that there is not is 404."""
    eve = add_account("eve@example.com")
    assert admin.get(f"{PAGE}/{path.format(sub=eve.sub)}").status_code == 404


def test_the_last_owner_stays_one(app: Flask, admin: Visitor, add_account: Making) -> None:
    """While nobody else owns the server for good, neither withdrawing nor an end date nor disabling is possible; nothing else counts."""
    from idp.accounts import lookup
    from idp.accounts.authority import granting
    from idp.base.database import commit

    add_account("unproved@example.com", admin=True, verified=False)
    add_account("disabled@example.com", admin=True, disabled_at=clock.now())
    add_account("people@example.com", role="people")
    fading = add_account("fading@example.com")
    with app.app_context():
        account = lookup.find_by_sub(fading.sub)
        assert account is not None
        granting.give(account, "owner", by="the tests", ends_at=clock.now() + timedelta(days=9))
        commit()
    own = role_path(admin, "owner", "withdraw")
    later = (clock.now() + timedelta(days=9)).date().isoformat()
    person = f"/admin/people/{admin.sub}"
    for answer in (
        admin.send(own),
        admin.send(PAGE, person=admin.email, role="owner", until=later),
        admin.send(f"{role_path(admin, 'owner', 'give')}?until={later}"),
        admin.send(person, f"{person}/disable"),
    ):
        assert answer.status_code == 400
        assert "This is the last administrator who may everything." in answer.get_data(as_text=True)
    assert admin.get(PAGE).status_code == 200


def test_who_resigns_arrives_somewhere(admin: Visitor, add_account: Making) -> None:
    """One of two owners may resign, and sees the own account instead of a page that is closed now."""
    add_account("second@example.com", admin=True)
    answer = admin.send(role_path(admin, "owner", "withdraw"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert admin.get("/account").status_code == 200
    assert admin.get("/admin").status_code == 403


def test_a_question_that_was_overtaken_changes_nothing(admin: Visitor, add_account: Making) -> None:
    """Where somebody else changed a person's roles since the question was asked, its answer is 409 and says what they are now."""
    eve = add_account("eve@example.com", role="reader")
    path = role_path(eve, "reader", "withdraw")
    asked = admin.fields(path)
    give(admin, "eve@example.com", "clients")
    answer = admin.client.post(path, data=asked)
    assert answer.status_code == 409
    assert "They are now: clients, reader." in answer.get_data(as_text=True)
    assert "Withdraw" in admin.text(PAGE)
    assert admin.send(path).status_code == 303


def test_nobody_gives_what_they_do_not_have(app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn) -> None:
    """A people administrator is offered roles within the own permissions, gives one of these, and no other by any address."""
    boss = sign_in(add_account("boss@example.com", role="people"))
    eve = add_account("eve@example.com")
    page = boss.text(PAGE)
    offered = {role for role in ROLES if f'value="{role}"' in page}
    assert offered == {"people", "help-desk"}
    assert "eve@example.com" in give(boss, "eve@example.com", "help-desk")
    for role in set(ROLES) - offered:
        assert boss.send(PAGE, person="eve@example.com", role=role).status_code == 400
        path = role_path(eve, role, "give")
        assert boss.send(path).status_code == 400
    own = role_path(admin, "owner", "withdraw")
    assert boss.get(own).status_code == 403
    assert boss.client.post(own, data=boss.fields(PAGE)).status_code == 403
    assert f'href="{own}"' not in page
    assert admin.get(PAGE).status_code == 200
