"""Who may open the administrators' pages."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from tests.admin.conftest import Making, Visitor

PAGES = [
    "/admin",
    "/admin/clients",
    "/admin/clients/new",
    "/admin/people",
    "/admin/audit",
    "/admin/mail",
    "/admin/keys",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_for_an_administrator(admin: Visitor, path: str) -> None:
    """Each page of the room opens, is not stored, and holds no inline script or style."""
    answer = admin.get(path)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page


@pytest.mark.parametrize("path", PAGES)
def test_nobody_signed_in_is_led_to_sign_in(app: Flask, path: str) -> None:
    """A stranger is led to sign-in and back."""
    answer = app.test_client().get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/signin?next=%2Fadmin")


@pytest.mark.parametrize("path", PAGES)
def test_a_person_without_rights_is_refused(add_account: Making, sign_in: Callable[..., Visitor], path: str) -> None:
    """Somebody who is no administrator gets 403."""
    assert sign_in(add_account("eve@example.com")).get(path).status_code == 403


def test_an_administrator_without_a_proved_address_is_refused(
    add_account: Making, sign_in: Callable[..., Visitor]
) -> None:
    """The rights of an account whose address is not proved do not count."""
    visitor = sign_in(add_account("eve@example.com", verified=False, admin=True))
    assert visitor.get("/admin").status_code == 403


def test_a_stale_sign_in_is_asked_again(admin: Visitor) -> None:
    """Eleven minutes after signing in, the administrator proves once more who they are, and comes back."""
    from idp.base import clock

    with clock.moved(timedelta(minutes=11)):
        answer = admin.get("/admin/clients?q=shop")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/signin?next=%2Fadmin%2Fclients%3Fq%3Dshop&again=1"


def test_a_stale_form_changes_nothing_and_leads_back(admin: Visitor, add_account: Making) -> None:
    """A form sent after eleven minutes does nothing; after the new sign-in its page is shown again."""
    from idp.base import clock

    eve = add_account("eve@example.com")
    with clock.moved(timedelta(minutes=9)):
        page = admin.text(f"/admin/people/{eve.sub}")
    assert "person-disable" in page
    from tests.admin.conftest import hidden_fields

    with clock.moved(timedelta(minutes=11)):
        answer = admin.client.post(f"/admin/people/{eve.sub}/disable", data=hidden_fields(page))
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/signin?next=%2Fadmin%2Fpeople%2F{eve.sub}%2Fdisable&again=1"
    assert "person-disable" in admin.text(f"/admin/people/{eve.sub}")


def test_a_form_without_its_token_changes_nothing(admin: Visitor, add_account: Making) -> None:
    """A form from another site, without the CSRF token, is sent back and changes nothing."""
    eve = add_account("eve@example.com")
    answer = admin.client.post(f"/admin/people/{eve.sub}/disable")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/admin/people/{eve.sub}/disable"
    assert "person-disable" in admin.text(f"/admin/people/{eve.sub}")


@pytest.mark.parametrize(
    "path",
    ["/admin/people/nobody", "/admin/people/%FF", "/admin/clients/none", "/admin/clients/%C3%A9", "/admin/mail/1"],
)
def test_what_does_not_exist_is_not_found(admin: Visitor, path: str) -> None:
    """An unknown or malformed identifier is answered with 404, on either database."""
    assert admin.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/admin/people", "/admin/clients", "/admin/audit", "/admin/mail"])
@pytest.mark.parametrize("query", ["q=%FF", "q=%25", "q='", "page=99999999999", "page=-1", "page=x", "q=" + "a" * 5000])
def test_odd_searches_are_answered(admin: Visitor, path: str, query: str) -> None:
    """Odd search terms and page numbers give a page, never an error."""
    assert admin.get(f"{path}?{query}").status_code == 200
