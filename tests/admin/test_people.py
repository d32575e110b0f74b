"""Finding people, disabling and unlocking accounts, ending sessions, starting resets, giving rights."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from idp.base.database import commit
from idp.federation import catalogue
from idp.federation.catalogue import Extras
from idp.federation.definition import Definition
from tests.admin.conftest import Making, Visitor

SignIn = Callable[..., Visitor]


def path_of(account: object) -> str:
    """Return the address of a person's page."""
    return f"/admin/people/{account.sub}"  # type: ignore[attr-defined]


def test_searching_and_paging(app: Flask, admin: Visitor, add_account: Making) -> None:
    """Thirty people and the administrator fill two pages; the search looks at addresses and names."""
    for number in range(30):
        add_account(f"p{number:02}@example.com", given_name="Ada" if number == 3 else "Bob")
    first, second = admin.text("/admin/people"), admin.text("/admin/people?page=2")
    assert "31 accounts" in first
    assert "p00@example.com" in first
    assert "p29@example.com" not in first
    assert "p29@example.com" in second
    found = admin.text("/admin/people?q=ada")
    assert "p03@example.com" in found
    assert "p04@example.com" not in found


def test_a_person_is_shown(admin: Visitor, add_account: Making) -> None:
    """The page of a person shows the facts, escaped."""
    eve = add_account("eve@example.com", verified=False, given_name="<b>Eve</b>")
    page = admin.text(path_of(eve))
    assert "&lt;b&gt;Eve&lt;/b&gt;" in page
    assert "<b>Eve" not in page
    assert "Not confirmed" in page
    assert "Not signed in anywhere" in page


def test_disabling_ends_the_sessions(admin: Visitor, add_account: Making, sign_in: SignIn) -> None:
    """A disabled account is signed out at once and has no session left; enabling does not bring one back (item 30)."""
    eve = add_account("eve@example.com", admin=True)
    visitor = sign_in(eve)
    assert visitor.get("/admin").status_code == 200
    answer = admin.send(path_of(eve), f"{path_of(eve)}/disable")
    assert (answer.status_code, answer.headers["Location"]) == (303, path_of(eve))
    assert visitor.get("/admin").status_code == 303
    page = admin.text(path_of(eve))
    assert "person-enable" in page
    assert "Not signed in anywhere" in page
    assert "account.disabled" in page
    assert admin.send(path_of(eve), f"{path_of(eve)}/enable").status_code == 303
    assert visitor.get("/admin").status_code == 303
    assert "person-disable" in admin.text(path_of(eve))


def test_the_last_administrator_cannot_be_disabled(admin: Visitor) -> None:
    """Disabling the only administrator is refused with a reason, and nothing changes."""
    path = f"/admin/people/{admin.sub}"
    answer = admin.send(path, f"{path}/disable")
    assert answer.status_code == 400
    assert "This is the last administrator" in answer.get_data(as_text=True)
    assert admin.get("/admin").status_code == 200


def test_who_disables_their_own_account_is_signed_out(admin: Visitor, add_account: Making) -> None:
    """One of two administrators may leave, and is led to sign-in."""
    add_account("second@example.com", admin=True)
    path = f"/admin/people/{admin.sub}"
    answer = admin.send(path, f"{path}/disable")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/signin")
    assert admin.get("/admin").status_code == 303


@pytest.mark.usefixtures("_still_clock")
def test_unlocking(app: Flask, admin: Visitor, add_account: Making) -> None:
    """An account that is held back after wrong passwords shows it, and is free again after unlocking."""
    from idp.accounts import credentials
    from idp.base.database import commit

    eve = add_account("eve@example.com")
    with app.test_request_context():
        for _ in range(7):
            credentials.check("eve@example.com", "wrong", source="192.0.2.9")
            commit()
    assert "Held back" in admin.text(path_of(eve))
    assert admin.send(path_of(eve), f"{path_of(eve)}/unlock").status_code == 303
    page = admin.text(path_of(eve))
    assert "Held back" not in page
    assert "account.unlocked" in page


def test_a_reset_is_started_by_mail_alone(app: Flask, admin: Visitor, add_account: Making) -> None:
    """The person gets a link by mail; no page shows it, and the link works (item 15)."""
    from idp import outbox
    from idp.accounts import recovery
    from idp.base.database import session

    eve = add_account("eve@example.com")
    answer = admin.send(path_of(eve), f"{path_of(eve)}/reset")
    assert answer.status_code == 303
    with app.app_context():
        delivery = session().scalars(outbox.queue()).one()
        assert (delivery.recipient, delivery.label) == ("eve@example.com", "reset_by_admin")
        payload = outbox.read(delivery)
        assert payload is not None
        token = payload["text"].partition("/reset/password?token=")[2].split()[0]
        assert recovery.peek(token)
    page = admin.text(path_of(eve)) + admin.text("/admin/mail")
    assert token not in page
    assert "on its way to eve@example.com" in page
    assert "password.reset_started" in page


def test_no_reset_for_a_disabled_account(admin: Visitor, add_account: Making) -> None:
    """A disabled account gets no link."""
    from idp.base import clock

    eve = add_account("eve@example.com", disabled_at=clock.now())
    answer = admin.send(path_of(eve), f"{path_of(eve)}/reset")
    assert answer.status_code == 400
    assert "Enable the account" in answer.get_data(as_text=True)


def test_no_reset_where_no_password_counts(app: Flask, admin: Visitor, add_account: Making) -> None:
    """Whoever signs in through one provider alone gets no link to choose a password; the page names the provider."""
    corp = Definition(
        key="corp", display_name="Corp", issuer="https://id.corp.example", client_id="us", only_domains=["corp.example"]
    )  # fmt: skip
    with app.app_context():
        assert not isinstance(catalogue.create(corp, Extras(client_secret="s" * 32), actor="the tests"), list)
        commit()
    eve = add_account("eve@corp.example")
    answer = admin.send(path_of(eve), f"{path_of(eve)}/reset")
    assert answer.status_code == 400
    assert "signs in through Corp alone" in answer.get_data(as_text=True)
    assert "password.reset_started" not in admin.text(path_of(eve))


def test_signing_somebody_out_everywhere(admin: Visitor, add_account: Making, sign_in: SignIn) -> None:
    """Both browsers of the person are signed out."""
    eve = add_account("eve@example.com", admin=True)
    visitors = [sign_in(eve), sign_in(eve)]
    assert admin.send(path_of(eve), f"{path_of(eve)}/sign-out").status_code == 303
    assert [visitor.get("/admin").status_code for visitor in visitors] == [303, 303]


def test_signing_oneself_out_everywhere_else(app: Flask, admin: Visitor, sign_in: SignIn) -> None:
    """An administrator's own present session stays, the others end."""
    from idp.accounts import lookup

    with app.app_context():
        account = lookup.find_by_sub(admin.sub)
    other = sign_in(account)
    path = f"/admin/people/{admin.sub}"
    assert admin.send(path, f"{path}/sign-out").status_code == 303
    assert admin.get("/admin").status_code == 200
    assert other.get("/admin").status_code == 303


def test_ending_one_session(app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn) -> None:
    """One session ends, the other stays; a session of somebody else is not found under this person (item 33)."""
    from sqlalchemy import select

    from idp.base.database import session
    from idp.sessions import BrowserSession

    eve, bob = add_account("eve@example.com", admin=True), add_account("bob@example.com")
    first, second = sign_in(eve), sign_in(eve)
    with app.app_context():
        query = select(BrowserSession.id).where(BrowserSession.account_id == eve.id).order_by(BrowserSession.created_at)
        ids = list(session().scalars(query))
    assert admin.send(path_of(bob), f"{path_of(bob)}/sessions/{ids[0]}/end").status_code == 404
    assert admin.send(path_of(eve), f"{path_of(eve)}/sessions/{ids[0]}/end").status_code == 303
    assert (first.get("/admin").status_code, second.get("/admin").status_code) == (303, 200)
    assert admin.text(path_of(eve)).count("Firefox on Linux") == 1


def test_sessions_past_their_idle_limit_are_not_listed(
    admin: Visitor, add_account: Making, sign_in: SignIn, app: Flask
) -> None:
    """A session that would not be let in any more is not shown as one."""
    from idp.accounts import lookup
    from idp.base import clock

    eve = add_account("eve@example.com")
    sign_in(eve)
    assert "Firefox on Linux" in admin.text(path_of(eve))
    with clock.moved(timedelta(hours=25)):
        with app.app_context():
            account = lookup.find_by_sub(admin.sub)
        assert "Not signed in anywhere" in sign_in(account).text(path_of(eve))
