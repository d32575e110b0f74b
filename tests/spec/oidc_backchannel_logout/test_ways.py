"""OpenID Connect Back-Channel Logout 1.0, section 2: every way in which a session is ended reaches the clients that hang on it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from idp import outbox, serving
from idp.accounts import claiming, credentials, erasure, lookup, service
from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import session
from idp.oauth import backchannel
from idp.outbox import Delivery
from tests.base.fetch.host import Host
from tests.factories import CSRF, PASSWORD, Browser, Client, Person, Provider
from tests.me.test_email_change import change, sent
from tests.spec.oidc_backchannel_logout.conftest import heard

Way = Callable[[Provider, Person, Browser], None]


def told(provider: Provider) -> list[str]:
    """Return the sessions of the notices in the outbox."""
    with provider.working():
        rows = session().scalars(select(Delivery).where(Delivery.kind == backchannel.KIND)).all()
        return [str((outbox.read(row) or {})["sid"]) for row in rows]


def press(browser: Browser, page: str, path: str) -> None:
    """Press a button that stands on a page."""
    token = CSRF.search(browser.get(page).text)
    assert token
    assert browser.http.post(path, data={"csrf_token": token[1]}).status_code == 303


def administrator(provider: Provider) -> Browser:
    """Return the browser of an administrator."""
    return provider.browser(provider.person("root@example.org", is_admin=True))


def sign_out(_provider: Provider, _ann: Person, browser: Browser) -> None:
    """The button of our own page."""
    browser.sign_out()


def logout_by_an_app(provider: Provider, _ann: Person, browser: Browser) -> None:
    """RP-initiated logout, by a client that asks for no notices itself."""
    hint = provider.grant(provider.client(first_party=True), browser)["id_token"]
    assert browser.get(f"/oauth/logout?id_token_hint={hint}").location == "/signed-out"


def end_at_another_browser(provider: Provider, ann: Person, browser: Browser) -> None:
    """One row of /account/sessions."""
    press(provider.browser(ann), "/account/sessions", f"/account/sessions/{browser.sid}/end")


def end_all_others(provider: Provider, ann: Person, _browser: Browser) -> None:
    """The button below the rows."""
    press(provider.browser(ann), "/account/sessions", "/account/sessions/end-others")


def change_the_password(provider: Provider, ann: Person, _browser: Browser) -> None:
    """A new password, chosen at another browser."""
    values = {"current_password": PASSWORD, "new_password": "quite another pass phrase"}
    assert provider.browser(ann).submit("/account/password", **values).location == "/account/sessions"


def reset_the_password(provider: Provider, ann: Person, _browser: Browser) -> None:
    """A new password by a mailed code."""
    forgetful = provider.browser()
    forgetful.submit("/reset", email=ann.email)
    chosen = forgetful.submit("/reset/code", code=sent(provider, "reset_password")[-1].code)
    assert forgetful.submit(chosen.location, password="quite another pass phrase").status_code == 303


def be_disabled(provider: Provider, ann: Person, _browser: Browser) -> None:
    """An administrator disables the account."""
    press(administrator(provider), f"/admin/people/{ann.sub}", f"/admin/people/{ann.sub}/disable")


def be_signed_out_by_an_administrator(provider: Provider, ann: Person, _browser: Browser) -> None:
    """An administrator ends everything of the account."""
    press(administrator(provider), f"/admin/people/{ann.sub}", f"/admin/people/{ann.sub}/sign-out")


def be_ended_by_an_administrator(provider: Provider, ann: Person, browser: Browser) -> None:
    """An administrator ends the one session."""
    page = f"/admin/people/{ann.sub}"
    press(administrator(provider), page, f"{page}/sessions/{browser.sid}/end")


def close_the_account(_provider: Provider, _ann: Person, browser: Browser) -> None:
    """Its owner has it deleted: it is closed at once."""
    assert browser.submit("/account/delete", understood="y").status_code == 303


def _by_service(action: Callable[[Account], object]) -> Way:
    def act(provider: Provider, ann: Person, _browser: Browser) -> None:
        with provider.working():
            account = lookup.find(ann.id)
            assert account is not None
            action(account)

    return act


def undo_a_change_of_address(provider: Provider, _ann: Person, browser: Browser) -> None:
    """The owner of the former address takes the account back."""
    token = change(provider, browser)
    assert provider.browser().submit(f"/account/email/undo?token={token}").status_code == 303


def sign_in_as_somebody_else(provider: Provider, _ann: Person, browser: Browser) -> None:
    """Another person signs in at the same browser."""
    bea = provider.person("bea@example.org")
    assert browser.sign_in("/signin?again=1&other=1", bea).status_code == 303


WAYS: list[Way] = [
    sign_out, logout_by_an_app, end_at_another_browser, end_all_others, change_the_password, reset_the_password, be_disabled,
    be_signed_out_by_an_administrator, be_ended_by_an_administrator, close_the_account, undo_a_change_of_address,
    sign_in_as_somebody_else,
]  # fmt: skip
SERVICES: dict[str, Way] = {
    "erase": _by_service(erasure.remove),
    "claim": _by_service(claiming.claim),
    "disable": _by_service(lambda account: service.set_disabled(account, True, actor="somebody")),
}


def recorded(provider: Provider) -> list[str]:
    """Return the sessions of which the audit log says that they ended."""
    with provider.working():
        ends = select(AuditEvent).where(AuditEvent.event.in_(["signout", "session.ended"]))
        return [event.detail["sid"] for event in session().scalars(ends)]


@pytest.mark.parametrize("way", [*WAYS, *SERVICES.values()], ids=[*(way.__name__ for way in WAYS), *SERVICES])
def test_every_way_to_end_a_session_is_heard(
    app: Flask, provider: Provider, ann: Person, browser: Browser, shop: Client, host: Host, way: Way
) -> None:
    """However a session ends, its client is sent its `sid`, the audit log has it once, and its tokens are good no more."""
    tokens = provider.grant(shop, browser)
    way(provider, ann, browser)
    assert told(provider) == [browser.sid]
    assert recorded(provider).count(browser.sid) == 1
    assert provider.userinfo(tokens["access_token"]).status_code == 401
    serving.deliver_once(app, outbox.WEB)
    (token,) = heard(host)
    assert provider.verify(token, shop.client_id)["sid"] == browser.sid


def test_what_undoes_itself_tells_nobody(provider: Provider, ann: Person, browser: Browser, shop: Client) -> None:
    """A notice belongs to the transaction that ends the session: where that is undone, nothing is sent."""
    provider.grant(shop, browser)

    def fail_half_way() -> None:
        with provider.account(ann) as account:
            credentials.void_credentials(account, cause="test")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert told(provider) == []
    assert "error" not in browser.answer(shop, prompt="none")


def test_a_session_that_runs_out_is_no_sign_out(provider: Provider, browser: Browser, shop: Client) -> None:
    """After an hour without use the person signs in again, and no client was told to sign them out."""
    provider.grant(shop, browser)
    with clock.moved(timedelta(hours=2)):
        assert browser.get("/account").location.startswith("/signin")
        assert told(provider) == []


def test_what_hung_on_the_session_dies_with_it(provider: Provider, browser: Browser) -> None:
    """Access and refresh tokens of the session end at every endpoint; with offline_access both live on (2.7)."""
    client = provider.client(first_party=True)
    bound = provider.grant(client, browser)
    offline = provider.grant(client, browser, "openid offline_access")
    browser.sign_out()
    assert provider.userinfo(bound["access_token"]).status_code == 401
    assert provider.introspect(client, bound["access_token"]).json == {"active": False}
    if "refresh_token" in bound:
        assert provider.introspect(client, bound["refresh_token"]).json == {"active": False}
        assert provider.refresh(client, bound["refresh_token"]).json["error"] == "invalid_grant"
    assert provider.userinfo(offline["access_token"]).status_code == 200
    assert provider.introspect(client, offline["access_token"]).json["active"] is True
    assert provider.refresh(client, offline["refresh_token"]).status_code == 200
