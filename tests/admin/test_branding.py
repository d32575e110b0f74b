"""A client's logo and accent colour: seen before they are saved, checked, and shown to people whom the client sends here."""

import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
from flask import Flask

from idp.base.database import session
from idp.clients import service as clients
from idp.clients.models import ClientLogo
from tests.admin.conftest import CALLBACK, Making, Visitor, register
from tests.base.fetch.host import Host, answer, running
from tests.factories import Browser, Provider

SignIn = Callable[..., Visitor]
BLUE = "#1868d2"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
STRICT = "style-src 'self';"


@pytest.fixture
def host(app: Flask) -> Iterator[Host]:
    """Where a logo lies."""
    app.extensions["idp.settings"].allow_private_fetch = True
    with running() as host:
        host.reply = answer(PNG)
        yield host


def colour_of(app: Flask, client_id: str) -> str | None:
    """Return the colour that is registered."""
    with app.app_context():
        row = clients.get(client_id)
        assert row is not None
        return row.accent_color


def asking(client_id: str) -> dict[str, str]:
    """Return a request of a client."""
    return {
        "client_id": client_id, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid", "state": "s",
        "code_challenge": "c" * 43, "code_challenge_method": "S256",
    }  # fmt: skip


def test_it_is_seen_before_it_is_saved(app: Flask, admin: Visitor) -> None:
    """A preview shows the colour on both pages with its contrast and changes nothing; saved, it is registered in small letters."""
    client_id = register(admin)
    page = f"/admin/clients/{client_id}/branding"
    seen = admin.send(page, accent_color=BLUE.upper(), act="preview").get_data(as_text=True)
    assert "Not saved yet" in seen
    assert 'href="/accent/1868d2.css"' in seen
    assert "style=" not in seen
    assert seen.count('class="specimen ') == 2
    assert [float(ratio) >= 4.5 for ratio in re.findall(r"([0-9.]+):1<", seen)] == [True, True]
    assert colour_of(app, client_id) is None
    assert admin.send(page, accent_color=BLUE.upper(), act="save").status_code == 303
    assert colour_of(app, client_id) == BLUE
    assert "accent_color" in admin.text(f"/admin/clients/{client_id}")


@pytest.mark.parametrize(
    ("colour", "said"),
    [
        ("#ffff00", "its contrast is 1.0:1, and 4.5:1 is needed. #707000 has it."),
        ("red", "Six hexadecimal digits"),
        ("#12", "Six"),
    ],
)
def test_what_nobody_could_read_is_refused(app: Flask, admin: Visitor, colour: str, said: str) -> None:
    """A colour without enough contrast, and what is no colour, are refused at the field, with the nearest shade that would do."""
    client_id = register(admin)
    for act in ("preview", "save"):
        refused = admin.send(f"/admin/clients/{client_id}/branding", accent_color=colour, act=act)
        assert (refused.status_code, said in refused.get_data(as_text=True)) == (400, True)
    assert colour_of(app, client_id) is None


def test_a_typed_logo_is_shown_and_not_kept(app: Flask, admin: Visitor, host: Host) -> None:
    """The picture at a typed address is shown by the ticket of its page, and by no other address; nothing is stored of it."""
    client_id = register(admin)
    page = admin.send(f"/admin/clients/{client_id}/branding", logo_uri=f"{host.url}/l.png", act="preview")
    (address,) = set(re.findall(r'src="([^"]*/branding/logo[^"]*)"', page.get_data(as_text=True)))
    shown = admin.get(unescape(address))
    assert (shown.status_code, shown.mimetype, shown.data) == (200, "image/png", PNG)
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    other = unescape(address).replace("l.png", "m.png")
    assert admin.get(other).status_code == 404
    with app.app_context():
        assert session().get(ClientLogo, client_id) is None


def test_two_who_save_at_once(app: Flask, admin: Visitor) -> None:
    """The second is told that somebody else has saved, with what they typed in the form, and saves again."""
    client_id = register(admin)
    page = f"/admin/clients/{client_id}/branding"
    fields = admin.fields(page)
    assert admin.send(page, accent_color="#0b5a52", act="save").status_code == 303
    late = admin.client.post(page, data=fields | {"accent_color": BLUE, "act": "save"})
    told = late.get_data(as_text=True)
    assert (late.status_code, "Somebody else has changed this" in told, BLUE in told) == (409, True, True)
    assert colour_of(app, client_id) == "#0b5a52"


def test_people_see_it_where_the_client_sends_them(app: Flask, provider: Provider) -> None:
    """Sign-in, sign-up and consent link the sheet of the colour under a policy that allows no style of a page's own; other pages do not."""
    client = provider.client(accent_color=BLUE, redirect_uris=[CALLBACK])
    stranger, person = provider.browser(), provider.browser(provider.person())
    signing_in = stranger.get("/oauth/authorize", query_string=asking(client.client_id)).location
    consenting = person.get("/oauth/authorize", query_string=asking(client.client_id)).location
    pages: list[tuple[Browser, str]] = [(stranger, signing_in), (stranger, signing_in.replace("/signin?", "/signup?"))]
    for browser, path in [*pages, (person, consenting)]:
        page = browser.get(path)
        assert '<link rel="stylesheet" href="/accent/1868d2.css">' in page.text, path
        assert STRICT in page.headers["Content-Security-Policy"]
        assert "<style" not in page.text
    for browser, path in ((stranger, "/signin"), (person, "/account")):
        assert "/accent/" not in browser.get(path).text


def test_a_sheet_is_one_of_a_colour(provider: Provider) -> None:
    """The sheet of a legible colour is CSS that browsers keep; there is none of any other, nor of what is no colour."""
    sheet = provider.http.get("/accent/1868d2.css")
    assert (sheet.status_code, sheet.mimetype, sheet.headers["Cache-Control"]) == (
        200,
        "text/css",
        "public, max-age=86400",
    )
    assert "--accent: #1868d2;" in sheet.text
    for digits in ("ffff00", "1868D2", "red", "1868d2;}"):
        assert provider.http.get(f"/accent/{digits}.css").status_code == 404


def test_who_may_not_change_the_client_changes_no_colour(admin: Visitor, add_account: Making, sign_in: SignIn) -> None:
    """A reader gets 403."""
    client_id = register(admin)
    visitor = sign_in(add_account("reader@example.com", role="reader"))
    assert visitor.get(f"/admin/clients/{client_id}/branding").status_code == 403
