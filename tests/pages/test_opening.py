"""What opening a page does and does not do: it changes nothing, loads nothing from elsewhere, and shows the way out."""

import secrets
from urllib.parse import urlsplit

from sqlalchemy import text

from idp.base.database import Model, connection
from tests.pages.inventory import Inventory

LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}


def contents(house: Inventory) -> dict[str, list[str]]:
    """Return every row of every table."""
    with house.provider.working():
        names = [table.name for table in Model.metadata.sorted_tables]
        return {name: [repr(row) for row in connection().execute(text(f"SELECT * FROM {name}"))] for name in names}  # noqa: S608


def test_opening_a_page_changes_nothing(house: Inventory) -> None:
    """Every page of the house can be opened, by scanners and browsers that look ahead, without a row being written (item 38)."""
    before = contents(house)
    for path, browser in house.browsers.items():
        # There is an administrator by now, there are no terms any more, and nobody lacks anything.
        over = {"/terms": 404, "/complete-profile": 303}
        expected = 400 if path.startswith("/setup") else over.get(path, 200)
        assert browser.get(path).status_code == expected, path
    assert contents(house) == before


def test_pages_load_nothing_from_elsewhere(house: Inventory) -> None:
    """Scripts, styles and pictures come from this server, an application's logo on the consent page too (item 39)."""
    for page in house.all:
        loaded = [element[attribute] for tag, attribute in LOADED.items() for element in page.all(tag)]
        assert loaded, page.name
        assert [url for url in loaded if urlsplit(url).netloc or urlsplit(url).scheme not in {"", "data"}] == [], (
            page.name
        )
    consent, _device = [page for path, page in house.pages.items() if path.startswith("/consent")]
    assert [image["src"].partition("?")[0][:15] for image in consent.all("img")] == ["/oauth/clients/"]


def test_every_page_of_somebody_signed_in_shows_the_way_out(house: Inventory) -> None:
    """Signing out is one link away wherever somebody is signed in (item 29)."""
    pages = [page for page in house.signed_in() if "/undo?" not in page.name and "/keep?" not in page.name]
    assert len(pages) > 30
    for page in pages:
        assert [link.text for link in page.all("a") if link["href"] == "/signout"] == ["Sign out"], page.name


def test_every_page_forbids_what_it_does_not_need(house: Inventory) -> None:
    """Every page has the strict policy, is not sniffed, framed, kept, or told of in a Referer (items 36, 37)."""
    for path, browser in house.browsers.items():
        headers = browser.get(path).headers
        policy = dict(rule.strip().split(" ", 1) for rule in headers["Content-Security-Policy"].split(";"))
        for name in ("default-src", "object-src", "base-uri", "frame-ancestors"):
            assert policy[name] == "'none'", path
        assert (policy["script-src"], policy["style-src"]) == ("'self'", "'self'"), path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "no-referrer", path
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert headers["Cache-Control"] == "no-store", path


def test_cookies_stay_small(house: Inventory) -> None:
    """No cookie comes near 4096 bytes, also while recovery codes wait in it and the longest path to continue to (item 34)."""
    browser = house.browsers["/account/security/recovery-codes?new=1"]
    letters, signs = (
        secrets.token_urlsafe(1500)[:1990],
        "".join(chr(0x4E00 + secrets.randbelow(20000)) for _ in range(660)),
    )
    for path in (letters, signs, signs * 3):
        assert browser.get("/account/security", query_string={"next": f"/{path}"}).status_code == 200
        sizes = [len(str(cookie.value)) + len(str(cookie.key)) for cookie in browser.http._cookies.values()]
        assert max(sizes) < 4096
