"""What a request may bring at most: it is refused before anything of it is parsed, in the shape of its path."""

import json
from typing import Any

import pytest
from flask import Flask

from idp.base import bounds
from tests.conftest import WIDE


@pytest.fixture
def backend() -> str:
    """Nothing here reaches a database."""
    assert "base" not in WIDE
    return "sqlite"


LONG = {
    "Accept": "text/html;q=0.1," * 20_000,
    "Accept-Language": "de-DE;q=0.1," * 25_000,
    "Accept-Encoding": "gzip;q=0.1," * 2_000,
    "Authorization": "Basic " + "A" * 300_000,
    "Cookie": "; ".join(f"a{number}=b" for number in range(1000)),
    "If-None-Match": '"a", ' * 2_000,
    "If-Match": '"a", ' * 2_000,
    "Range": "bytes=" + "0-0," * 2_000,
    "User-Agent": "Mozilla/5.0 " * 2_000,
    "X-Forwarded-For": "192.0.2.1, " * 2_000,
    "Forwarded": "for=192.0.2.1, " * 2_000,
    "Origin": "https://" + "a" * 5_000,
    "Cache-Control": "no-cache, " * 1_000,
    "Access-Control-Request-Headers": "a, " * 2_000,
    "X-Anything": "a" * 20_000,
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_header_is_refused(app: Flask, name: str) -> None:
    """A header that no browser writes is answered 431 in words, on pages, in the protocol and in the older interfaces."""
    for path in ("/signin", "/oauth/token", "/users/me/", "/static/css/idp.css"):
        answer = app.test_client(use_cookies=False).get(path, headers={name: LONG[name]})
        assert answer.status_code == 431, path
        assert "more headers or cookies" in answer.text, path


def test_a_long_content_type_is_refused(app: Flask) -> None:
    """Parameters of a content type are parsed by a pattern, and so bounded too."""
    answer = app.test_client().post("/oauth/token", data=b"x", content_type="text/plain" + '; a="b"' * 1_000)
    assert answer.status_code == 431


def test_headers_are_bounded_together(app: Flask) -> None:
    """Many headers of an allowed length are too much together."""
    headers = {f"X-Header-{number}": "a" * 8_000 for number in range(5)}
    assert app.test_client().get("/signin", headers=headers).status_code == 431


def test_a_browser_is_not_refused(app: Flask) -> None:
    """What browsers send is far below every bound: long languages, cookies of other applications on the host, a long agent."""
    headers = {
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
        "Accept-Language": ",".join(f"x{chr(97 + number)}-XX;q=0.{number % 10}" for number in range(26)),
        "Cookie": "; ".join(f"cookie-{number}={'v' * 100}" for number in range(100)),
        "User-Agent": "Mozilla/5.0 " + "(an agent) " * 40,
    }
    assert app.test_client(use_cookies=False).get("/signin", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/" + "a" * 5_000,
        "/signin?" + "a=b&" * 1_000,
        "/oauth/authorize?request=" + "a" * 100_000,
        "/signin?" + "&" * 600,
    ],
)
def test_a_long_address_is_refused(app: Flask, address: str) -> None:
    """An address or a number of parameters beyond all of ours is answered 414."""
    answer = app.test_client().get(address, headers={"Accept": "text/html"})
    assert answer.status_code == 414
    assert "longer than any" in answer.text


FORMS: dict[str, Any] = {
    "parameters": {"data": "a=b&" * 60_000, "content_type": "application/x-www-form-urlencoded"},
    "empty parameters": {"data": "&" * 1_000, "content_type": "application/x-www-form-urlencoded; charset=utf-8"},
    "capitals": {"data": "a=b&" * 1_000, "content_type": "Application/X-WWW-Form-Urlencoded"},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", ["/oauth/token", "/signin", "/oauth/introspect"])
def test_a_form_of_many_parameters_is_refused(app: Flask, path: str, form: str) -> None:
    """A form has no more parameters than ours could have: 413, before they are read."""
    assert app.test_client().post(path, **FORMS[form]).status_code == 413


@pytest.mark.parametrize(
    "part",
    [
        b"\r\n\r\nb",
        b'; name="csrf_token"\r\n\r\nb',
        b'; a="b"' * 30_000 + b"\r\n\r\nb",
        b'; name="a"; filename="b"\r\n\r\n' + b"c" * 200_000,
    ],
)
def test_forms_in_parts_are_not_read(app: Flask, part: bytes) -> None:
    """No form of ours is sent in parts; whatever they hold, they are no fields, and no error of ours."""
    body = b"--b\r\nContent-Disposition: form-data" + part + b"\r\n--b--\r\n"
    answer = app.test_client().post("/signin", data=body, content_type="multipart/form-data; boundary=b")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/signin")


def test_text_with_many_ampersands_is_no_form(app: Flask) -> None:
    """A JSON body may hold as many signs as it likes."""
    body = json.dumps({"email": "nobody@example.com", "password": "&" * 600})
    answer = app.test_client().post("/auth/login/", data=body, content_type="application/json")
    assert answer.status_code not in {413, 414}


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 50_000, '{"email": ' + "9" * 200_000 + "}"])
@pytest.mark.parametrize("path", ["/auth/login/", "/user/login/", "/oauth/register", "/users/me/"])
def test_json_without_bottom_is_refused(app: Flask, path: str, body: str) -> None:
    """JSON of any depth, or with a number of any length, is the caller's fault and no error of ours."""
    answer = app.test_client().post(path, data=body, content_type="application/json")
    assert 400 <= answer.status_code < 500


def test_what_the_server_has_refused_is_told(app: Flask) -> None:
    """A server that refuses while it reads says so in the environment, and the answer comes in the shape of the path."""
    told = {bounds.REFUSED: 413}
    page = app.test_client().post("/signin", environ_overrides=told, headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (413, "text/html")
    assert app.test_client().post("/users/me/", environ_overrides=told).json is not None


def test_a_refused_request_keeps_nothing_costly() -> None:
    """Of a refused request the application sees neither query, body, cookies nor any long header."""
    environ = {
        "PATH_INFO": "/",
        "QUERY_STRING": "a=b",
        "HTTP_COOKIE": "a=b",
        "HTTP_HOST": "x",
        "HTTP_ACCEPT": "a" * 3000,
    }
    seen: dict[str, Any] = {}
    bounds.Bounds(lambda given, _start: seen.update(given) or [])(environ, lambda *_: None)  # type: ignore[func-returns-value]
    assert seen.pop("wsgi.input").read() == b""
    assert seen == {"PATH_INFO": "/", "QUERY_STRING": "", "HTTP_HOST": "x", "CONTENT_LENGTH": "0", bounds.REFUSED: 431}
