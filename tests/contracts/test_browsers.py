"""What browsers may do at the older interfaces: pages of listed origins with credentials, pages of others nothing."""

import pytest

from tests.contracts.house import LISTED_ORIGIN, Caller

EVIL = "https://evil.example"


def test_preflight(http: Caller) -> None:
    """A listed origin may send JSON with an Authorization header and credentials; another one gets no leave."""
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,content-type"}
    listed = http.ask("OPTIONS", "/users/me/", headers=asked | {"Origin": LISTED_ORIGIN})
    assert listed.headers["Access-Control-Allow-Origin"] == LISTED_ORIGIN
    assert listed.headers["Access-Control-Allow-Credentials"] == "true"
    assert "PATCH" in listed.headers["Access-Control-Allow-Methods"]
    assert {"Authorization", "Content-Type"} <= set(listed.headers["Access-Control-Allow-Headers"].split(", "))
    for origin in (EVIL, "null", f"{LISTED_ORIGIN}.evil.example", LISTED_ORIGIN.replace("https", "http")):
        other = http.ask("OPTIONS", "/users/me/", headers=asked | {"Origin": origin})
        assert [name for name in other.headers if name.startswith("Access-Control")] == []
        assert "Origin" in other.headers["Vary"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/auth/login/", 400), ("GET", "/users/me/", 401), ("DELETE", "/users/me/", 405)],
)
def test_listed_origins_read_failures_too(http: Caller, method: str, path: str, status: int) -> None:
    """Failures, also those that no view sees, can be read by the listed origins and by no other."""
    listed = http.ask(method, path, headers={"Origin": LISTED_ORIGIN})
    assert (listed.status_code, listed.headers["Access-Control-Allow-Origin"]) == (status, LISTED_ORIGIN)
    assert "Access-Control-Allow-Origin" not in http.ask(method, path, headers={"Origin": EVIL}).headers


def test_pages_and_other_apis_have_no_such_leave(http: Caller) -> None:
    """Neither pages nor the authorization endpoint are readable by the listed origins."""
    for path in ("/signin", "/oauth/authorize", "/account"):
        assert "Access-Control-Allow-Origin" not in http.get(path, headers={"Origin": LISTED_ORIGIN}).headers


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"Origin": LISTED_ORIGIN}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": EVIL}, False),
        ({"Origin": "null"}, False),
        ({"Origin": EVIL, "Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
    ],
)
def test_posts_without_a_body(http: Caller, headers: dict[str, str], passes: bool) -> None:
    """A POST without a body passes unless Origin or Sec-Fetch-Site is foreign; where both are absent it passes."""
    answer = http.post("/auth/token/", headers=headers)
    assert answer.status_code == (400 if passes else 403)
    assert answer.json()["error"] == ("Validation Error" if passes else "Forbidden")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_can_send(http: Caller, media_type: str) -> None:
    """A body that a page of another site can send without asking is 415, JSON in disguise too."""
    raw = b'{"username": "ann", "password": "x"}'
    answer = http.post("/auth/login/", data=raw, headers={"Content-Type": media_type, "Origin": EVIL})
    assert (answer.status_code, answer.json()["error"]) == (415, "Unsupported Media Type")
