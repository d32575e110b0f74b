"""The mails that lead to a page."""

from idp.lifetimes import LIFETIMES
from tests.core import mails
from tests.pages.inventory import Inventory

BOTH = {"verify_email", "reset_password", "confirm_new_email"}


def test_the_same_mail_has_a_link_and_a_code(house: Inventory) -> None:
    """A mail that proves an address or resets a password has one link and one code, which can be typed elsewhere (ux.md 25)."""
    with house.provider.working():
        found = {mail.label: mail for mail in mails.waiting() if mail.label in BOTH}
    assert found.keys() == BOTH
    for mail in found.values():
        assert len(mail.code) == 6
        assert f"{house.provider.issuer}/" in mail.text.partition(mail.token)[0]
        assert len(mail.token) == 55


def test_mailed_links_end(house: Inventory) -> None:
    """No link to a page that changes a credential works longer than a day, and no way back longer than two weeks (ux.md 26)."""
    days = {LIFETIMES.verify_link.days, LIFETIMES.set_password_link.days, LIFETIMES.unlock_link.days}
    assert max(days | {LIFETIMES.reset_link.days}) == 1
    assert max(LIFETIMES.undo_email_link, LIFETIMES.erasure_delay).days == 14
