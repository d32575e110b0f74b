"""Style sheets and scripts: kept for good under names of their own, small on the wire, and only they."""

import gzip
import re
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from flask.testing import FlaskClient

from idp import create_app
from idp.applying import schema
from idp.base import static
from idp.federation import icons
from tests.conftest import dispose, make_settings, sqlite_url
from tests.support.serving import serve

NAME = re.compile(r'(?:href|src)="(/static/[^"]+)"')
FOR_GOOD = "public, max-age=31536000, immutable"
PLAIN = sorted(name for name, asset in static.assets().items() if name == asset.name)


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Iterator[FlaskClient]:
    """A browser; what is served here does not depend on the database."""
    directory = tmp_path_factory.mktemp("static")
    shutil.copyfile(_sqlite_template, directory / "idp.db")
    app = create_app(make_settings(directory, sqlite_url(directory)))
    yield app.test_client()
    dispose(app)


def test_pages_link_files_by_names_that_change_with_them(http: FlaskClient) -> None:
    """Every file that a page loads has its digest in its name, and may be kept for a year without asking."""
    linked = NAME.findall(http.get("/signin").text)
    assert len(linked) >= 3
    for path in linked:
        answer = http.get(path)
        assert answer.status_code == 200, path
        assert re.search(r"\.[0-9a-f]{12}\.[a-z]+$", path), path
        assert answer.headers["Cache-Control"] == FOR_GOOD, path
        assert answer.headers["Vary"] == "Accept-Encoding", path
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", PLAIN)
def test_every_file_comes_in_three_forms(http: FlaskClient, name: str) -> None:
    """Brotli and gzip hold the file as it stands in the tree, are smaller, and have entity tags of their own."""
    path = f"/static/{static.assets()[name].hashed_name}"
    body = (static.FOLDER / name).read_bytes()
    plain = http.get(path)
    br, zipped = (http.get(path, headers={"Accept-Encoding": coding}) for coding in ("gzip, deflate, br", "gzip"))
    assert plain.data == brotli.decompress(br.data) == gzip.decompress(zipped.data) == body
    assert [answer.headers.get("Content-Encoding") for answer in (plain, br, zipped)] == [None, "br", "gzip"]
    assert len(br.data) < len(zipped.data) < len(body)
    assert len({answer.headers["ETag"] for answer in (plain, br, zipped)}) == 3
    assert len({answer.headers["Content-Type"] for answer in (plain, br, zipped)}) == 1


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("identity", None),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("zstd", None),
    ],
)
def test_the_caller_says_what_it_takes(http: FlaskClient, accepted: str, coding: str | None) -> None:
    """A coding that was refused or not named is not sent (RFC 9110, section 12.5.3)."""
    path = f"/static/{static.assets()['css/idp.css'].hashed_name}"
    assert http.get(path, headers={"Accept-Encoding": accepted}).headers.get("Content-Encoding") == coding


def test_what_is_kept_is_not_sent_again(http: FlaskClient) -> None:
    """The entity tag of a form answers 304, with the same permission to keep it; that of another form does not."""
    path = f"/static/{static.assets()['css/idp.css'].hashed_name}"
    tag = http.get(path, headers={"Accept-Encoding": "br"}).headers["ETag"]
    again = http.get(path, headers={"Accept-Encoding": "br", "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert (again.headers["Cache-Control"], again.headers["Vary"]) == (FOR_GOOD, "Accept-Encoding")
    assert http.get(path, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("name", ["css/idp.css", "css/idp.0123456789ab.css"])
def test_a_name_of_another_version_is_answered_and_not_kept(http: FlaskClient, name: str) -> None:
    """While two versions run, a page of one finds its style sheet at the other; nobody keeps that under the wrong name."""
    answer = http.get(f"/static/{name}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["css", "css/nothing.css", "../setup.cfg", "%2e%2e/setup.cfg", "/etc/passwd", "css/idp.0123456789AB.css"]
)
def test_nothing_else_is_served(http: FlaskClient, name: str) -> None:
    """What is not a file of the folder is not found, and that answer is not kept either."""
    answer = http.get(f"/static/{name}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


@pytest.mark.parametrize("path", ["/signin", "/.well-known/openid-configuration", "/reset?next=/x", "/nowhere"])
def test_nothing_that_is_made_for_a_request_is_compressed(http: FlaskClient, path: str) -> None:
    """A page's length tells nothing of the secrets in it (BREACH), since it is never compressed."""
    answer = http.get(path, headers={"Accept-Encoding": "gzip, br", "Accept": "text/html"})
    assert "Content-Encoding" not in answer.headers


def test_the_tree_holds_the_names_that_pages_ask_for() -> None:
    """Every file that a template names is there: a name that is not would be linked without its digest."""
    named = {
        name
        for path in (static.FOLDER.parent / "templates").rglob("*.html")
        for name in re.findall(r"url_for\('static', filename='([^']+)'\)", path.read_text())
    }
    named |= {icons.path_of("", name) for name in icons.BUILT_IN}
    named.add(schema.PATH.removeprefix("/static/"))  # for editors
    assert named <= set(PLAIN)
    assert set(PLAIN) - named == set(), "a file that no page uses"


@pytest.mark.slow
def test_the_real_server_sends_them_so() -> None:
    """Under the production server, too, the style sheet is small and kept for good."""
    with serve({}) as server:
        asset = static.assets()["css/idp.css"]
        asked = urllib.request.Request(
            f"{server.url}/static/{asset.hashed_name}", headers={"Accept-Encoding": "br, gzip"}
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            assert brotli.decompress(answer.read()) == asset.body
            assert answer.headers["Cache-Control"] == FOR_GOOD
