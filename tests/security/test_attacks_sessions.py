"""A thief with a copy of somebody's cookie: what the owner does against strangers ends the copy too."""

from tests.factories import CSRF, PASSWORD, Browser, Person, Provider


def copy_of(browser: Browser) -> Browser:
    """Return another browser with the same session cookie."""
    thief = Browser(browser.provider)
    with browser.http.session_transaction() as cookie, thief.http.session_transaction() as stolen:
        stolen.update(cookie)
    assert thief.get("/account").status_code == 200
    return thief


def test_a_new_password_ends_a_copied_cookie(provider: Provider, ann: Person) -> None:
    """The browser that changed the password stays signed in; a copy of its cookie from before does not."""
    browser = provider.browser(ann)
    thief = copy_of(browser)
    changed = browser.submit("/account/password", current_password=PASSWORD, new_password="a new beginning of it")
    assert changed.location == "/account/sessions"
    assert browser.get("/account").status_code == 200
    assert thief.get("/account").location.startswith("/signin?")


def test_ending_every_other_browser_ends_a_copied_cookie(provider: Provider, ann: Person) -> None:
    """Whoever has a copy of the cookie counts as another browser."""
    browser = provider.browser(ann)
    thief = copy_of(browser)
    token = CSRF.search(browser.get("/account/sessions").text)
    assert token is not None
    ended = browser.http.post("/account/sessions/end-others", data={"csrf_token": token[1]})
    assert ended.location == "/account/sessions"
    assert browser.get("/account").status_code == 200
    assert thief.get("/account").location.startswith("/signin?")
