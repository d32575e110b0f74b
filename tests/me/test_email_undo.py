"""Undoing a change of address from the former one: the owner gets the account back, whoever moved it is out."""

from datetime import datetime, timedelta

from sqlalchemy import select

from idp.accounts import email_change, lookup
from idp.accounts.models import Account, KnownDevice, Proof
from idp.base import clock, crypto
from idp.base.database import session
from tests.factories import PASSWORD, Person, Provider
from tests.me.test_email_change import LATER, NEW, address, change, sent
from tests.me.test_views import words


def undo(token: str) -> str:
    """Return the path of the mailed link."""
    return f"/account/email/undo?token={token}"


def test_the_owner_gets_the_account_back(provider: Provider, ann: Person) -> None:
    """The link's button restores the address; sessions, tokens, password and known browsers end; a reset leads back in."""
    client = provider.client()
    thief = provider.browser(ann)
    tokens = provider.grant(client, thief, scope="openid offline_access")
    link = undo(change(provider, thief))
    with provider.working():
        now = clock.now()
        session().add(KnownDevice(digest=bytes(32), account_id=ann.id, user_agent="", created_at=now, last_seen_at=now))
    owner = provider.browser()
    assert ann.email in owner.get(link).text
    assert address(provider, ann) == NEW
    done = owner.submit(link)
    assert (done.status_code, done.location) == (303, "/account/email/undone")
    assert ann.email in words(owner.get("/account/email/undone"))
    with provider.account(ann) as account:
        assert (account.email, account.password_hash, account.is_verified) == (ann.email, None, True)
        assert session().scalars(select(KnownDevice)).all() == []
    assert thief.get("/account").status_code == 303
    assert provider.refresh(client, tokens["refresh_token"]).status_code == 400
    assert provider.userinfo(tokens["access_token"]).status_code == 401
    assert provider.browser().sign_in("/signin", ann).status_code == 400
    assert [mail.to for mail in sent(provider, "email_change_undone")] == [NEW]
    (reset,) = sent(provider, "reset_password")
    assert reset.to == ann.email
    chosen = owner.submit("/reset/code", code=reset.code)
    assert owner.submit(chosen.location, password="a new beginning of it").status_code == 303
    assert owner.get(link).status_code == 400


def test_a_link_works_once_and_for_seven_days(provider: Provider, ann: Person) -> None:
    """After seven days the link says that it has expired; nobody's password change voids it before."""
    browser = provider.browser(ann)
    link = undo(change(provider, browser))
    browser.submit("/account/password", current_password=PASSWORD, new_password="the thief's own choice")
    with clock.moved(timedelta(days=8)):
        assert "expired" in words(browser.get(link))
    with clock.moved(timedelta(days=6)):
        assert provider.browser().submit(link).status_code == 303
        assert provider.browser().get(link).status_code == 400


def test_the_first_address_undoes_all_later_changes(provider: Provider, ann: Person) -> None:
    """The link of an earlier change works after a later one, and voids that one's link: a thief's address is no way back."""
    browser = provider.browser(ann)
    first = undo(change(provider, browser))
    second = undo(change(provider, browser, LATER))
    assert provider.browser().submit(first).status_code == 303
    assert address(provider, ann) == ann.email
    assert provider.browser().get(second).status_code == 400


def test_changes_are_undone_one_after_the_other(provider: Provider, ann: Person) -> None:
    """The newest link restores the address before it, and leaves the links of earlier changes as they are."""
    browser = provider.browser(ann)
    first = undo(change(provider, browser))
    second = undo(change(provider, browser, LATER))
    assert provider.browser().submit(second).status_code == 303
    assert address(provider, ann) == NEW
    assert provider.browser().submit(first).status_code == 303
    assert address(provider, ann) == ann.email


def test_other_rooms_hear_of_it(provider: Provider, ann: Person) -> None:
    """The signal names the account and an instant before the change by any node's clock, so that what was set up since can be discarded."""
    heard: list[tuple[int, datetime]] = []

    def listen(account_id: int, since: datetime) -> None:
        heard.append((account_id, since))

    before = clock.now()
    link = undo(change(provider, provider.browser(ann)))
    after = clock.now()
    with email_change.undone.connected_to(listen):
        provider.browser().submit(link)
    ((account_id, since),) = heard
    assert account_id == ann.id
    assert before <= since + clock.SKEW <= after


def test_an_unproved_account_at_the_address_gives_way(provider: Provider, ann: Person) -> None:
    """A thief who signs up with the freed address, which takes no proof, does not keep its owner out."""
    link = undo(change(provider, provider.browser(ann)))
    squatter = provider.person(ann.email, verified=False)
    assert provider.browser().submit(link).status_code == 303
    assert address(provider, ann) == ann.email
    with provider.working():
        assert lookup.find(squatter.id) is None


def test_a_proved_account_at_the_address_stays(provider: Provider, ann: Person) -> None:
    """Where the address has another proved account, the page says so, nothing changes, and the link works on."""
    browser = provider.browser(ann)
    link = undo(change(provider, browser))
    other = provider.person(ann.email)
    refused = provider.browser().submit(link)
    assert refused.status_code == 400
    assert "That e-mail address belongs to another account." in words(refused)
    assert address(provider, ann) == NEW
    assert browser.get("/account").status_code == 200
    with provider.account(other) as account:
        account.email = "elsewhere@example.org"
    assert provider.browser().submit(link).status_code == 303
    assert address(provider, ann) == ann.email


def test_a_thief_s_deletion_is_cancelled_too(provider: Provider, ann: Person) -> None:
    """Who takes the account back finds it open, although it was closed from the thief's address meanwhile."""
    browser = provider.browser(ann)
    link = undo(change(provider, browser))
    assert browser.submit("/account/delete", understood="y").status_code == 303
    kept = sent(provider, "deletion_scheduled")[0].token
    assert provider.browser().submit(link).status_code == 303
    with provider.account(ann) as account:
        assert (account.email, account.disabled_at, account.erase_at) == (ann.email, None, None)
    assert provider.browser().get(f"/account/keep?token={kept}").status_code == 400
    assert sent(provider, "reset_password")[0].to == ann.email


def test_an_administrator_s_word_stands(provider: Provider, ann: Person) -> None:
    """An account that an administrator disabled gets its address back and stays disabled."""
    link = undo(change(provider, provider.browser(ann)))
    with provider.account(ann) as account:
        account.disabled_at = clock.now()
    assert provider.browser().submit(link).status_code == 303
    with provider.account(ann) as account:
        assert account.email == ann.email
        assert account.disabled_at is not None


def test_made_up_links_say_nothing(provider: Provider, ann: Person) -> None:
    """A made-up secret, none, and a secret of another purpose lead to the same page."""
    browser = provider.browser(ann)
    browser.submit("/account/email", email=NEW)
    other = sent(provider, "confirm_new_email")[0].token
    pages = {words(provider.browser().get(undo(token))) for token in ("", crypto.new_link_secret(), other)}
    assert len(pages) == 1
    assert provider.browser().get("/account/email/undone").location == "/signin"


def test_no_address_is_left_in_the_audit_log(provider: Provider, ann: Person) -> None:
    """The events of a change and its undoing name no address (item 73)."""
    from idp.audit import AuditEvent

    provider.browser().submit(undo(change(provider, provider.browser(ann))))
    with provider.working():
        events = session().scalars(select(AuditEvent)).all()
        assert [event.event for event in events if event.event.startswith("email.")] == [
            "email.change_asked",
            "email.changed",
            "email.change_undone",
        ]
        assert not any("@" in str(vars(event)) for event in events)
        assert session().scalars(select(Proof.purpose).where(Proof.account_id == ann.id)).all() == ["reset"]
        assert session().scalars(select(Account.id)).all() == [ann.id]
