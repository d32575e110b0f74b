"""What an administrator's act ends or grants is asked about first, and told by mail afterwards."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.admin.conftest import Making, Visitor

SignIn = Callable[..., Visitor]
ACTS = ["disable", "enable", "sign-out"]


def path_of(account: object) -> str:
    """Return the address of a person's page."""
    return f"/admin/people/{account.sub}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("verb", ACTS)
def test_what_ends_or_grants_is_asked_first(app: Flask, admin: Visitor, add_account: Making, verb: str) -> None:
    """The buttons of a person's page lead to a question that names the person and changes nothing; its button acts, in one form."""
    from idp.accounts import lookup
    from idp.base import clock

    eve = add_account(
        "eve@example.com",
        given_name="Eve",
        disabled_at=clock.now() if verb == "enable" else None,
    )
    path = f"{path_of(eve)}/{verb}"
    page = admin.text(path_of(eve))
    assert f'href="{path}"' in page
    assert f'action="{path}"' not in page

    def state() -> tuple[object, ...]:
        with app.app_context():
            account = lookup.find_by_sub(eve.sub)
            assert account is not None
            return account.is_admin, account.disabled_at, account.token_epoch

    before = state()
    question = admin.text(path)
    assert "eve@example.com" in question
    assert "Eve" in question
    assert f'href="{path_of(eve)}"' in question
    assert question.count("<form") == 1
    assert state() == before
    assert admin.send(path).status_code == 303
    assert state() != before


def mailed(app: Flask, to: str) -> list[tuple[str, str]]:
    """Return label and text of the mails that wait for somebody."""
    from tests.core import mails

    with app.app_context():
        return [(mail.label, mail.text) for mail in mails.waiting() if mail.to == to]


@pytest.mark.parametrize("is_admin", [False, True])
def test_a_disabled_account_is_told(app: Flask, admin: Visitor, add_account: Making, is_admin: bool) -> None:
    """Disabling and enabling are told to the person; of an administrator's account the owners hear, too (item 17)."""
    eve = add_account("eve@example.com", admin=is_admin)
    for verb in ("disable", "disable", "enable", "enable"):
        admin.send(f"{path_of(eve)}/{verb}")
    assert [name for name, _text in mailed(app, "eve@example.com")] == ["account_disabled", "account_enabled"]
    assert len(mailed(app, "admin@example.com")) == (2 if is_admin else 0)


def test_an_unproved_address_is_told_nothing(app: Flask, admin: Visitor, add_account: Making) -> None:
    """Nobody is written to at an address that may be a stranger's."""
    eve = add_account("eve@example.com", verified=False)
    for verb in ("disable", "enable", "sign-out"):
        assert "by mail" not in admin.text(f"{path_of(eve)}/{verb}")
        admin.send(f"{path_of(eve)}/{verb}")
    assert mailed(app, "eve@example.com") == []


def test_ended_sessions_are_told(app: Flask, admin: Visitor, add_account: Making, sign_in: SignIn) -> None:
    """Who is signed out by an administrator hears of it, of one session with the name of its browser."""
    eve = add_account("eve@example.com")
    sign_in(eve)
    session_id = admin.text(path_of(eve)).partition("/sessions/")[2].partition("/")[0]
    path = f"{path_of(eve)}/sessions/{session_id}/end"
    assert "Firefox on Linux" in admin.text(path)
    admin.send(path)
    admin.send(f"{path_of(eve)}/sign-out")
    one, all_of_them = mailed(app, "eve@example.com")
    assert one[0] == all_of_them[0] == "signed_out_by_admin"
    assert "Firefox on Linux" in one[1]


def test_lost_factors_of_an_administrator_are_told_to_the_others(
    app: Flask, admin: Visitor, add_account: Making
) -> None:
    """An administrator without a second factor is an easier prey: the others hear of it."""
    from idp.base import clock

    eve = add_account("eve@example.com", admin=True, second_factor_since=clock.now())
    admin.send(f"{path_of(eve)}/factors/remove")
    assert [name for name, _text in mailed(app, "eve@example.com")] == ["factors_changed"]
    assert [name for name, _text in mailed(app, "admin@example.com")] == ["administrators_told"]


def test_the_operators_command_is_told(app: Flask, add_account: Making) -> None:
    """An administrator made at the command line is told to those who are there, as made at the command line; once."""
    from idp.accounts import founding
    from idp.base.database import commit

    add_account("admin@example.com", admin=True)
    with app.test_request_context():
        for _ in range(2):
            founding.create_administrator("new@example.com")
            commit()
    ((name, text),) = mailed(app, "admin@example.com")
    assert name == "administrators_told"
    assert "new@example.com was given a role in the administration: Owner." in text
    assert "By: the command line" in text
    assert [label for label, _text in mailed(app, "new@example.com")] == ["administrator_made"]
