"""The demo application refuses answers that a relying party must refuse."""

from flask import Flask
from flask.testing import FlaskClient

from idp.demo.relying_party import create_relying_party

HOME = "http://127.0.0.1:5001"
# Nothing listens there: the discard port.
ISSUER = "http://127.0.0.1:9"


def make_client() -> FlaskClient:
    """Return a browser at an application whose provider does not answer."""
    app: Flask = create_relying_party(ISSUER, "demo", "a secret", HOME)
    return app.test_client()


def test_an_answer_of_another_issuer_is_refused() -> None:
    """An answer without `iss`, or with another one, ends in an error page (RFC 9207, section 2.4)."""
    browser = make_client()
    for query in ("code=x&state=y", "code=x&state=y&iss=https://evil.example"):
        answer = browser.get(f"/callback?{query}")
        assert answer.status_code == 400
        assert '<code id="error">wrong_issuer</code>' in answer.text


def test_an_answer_that_nobody_asked_for_is_refused() -> None:
    """A `state` that this browser did not send ends in an error page."""
    answer = make_client().get("/callback", query_string={"code": "x", "state": "y", "iss": ISSUER})
    assert answer.status_code == 400
    assert "mismatching_state" in answer.text


def test_an_error_is_shown_as_text() -> None:
    """What an error says is shown, and never as markup."""
    query = {"error": "access_denied", "error_description": "<b>No</b>", "iss": ISSUER}
    answer = make_client().get("/callback", query_string=query)
    assert answer.status_code == 400
    assert "&lt;b&gt;No&lt;/b&gt;" in answer.text
    assert "<b>No" not in answer.text


def test_a_provider_that_is_away_is_told() -> None:
    """When the provider does not answer, the page says so with status 502."""
    answer = make_client().get("/signin")
    assert answer.status_code == 502
    assert "does not answer" in answer.text


def test_nobody_is_signed_in_by_a_sign_out() -> None:
    """Signing out without being signed in leads home, and a forged answer to it is refused."""
    browser = make_client()
    assert browser.get("/signout").headers["Location"] == "/"
    assert browser.get("/?state=forged").status_code == 400
