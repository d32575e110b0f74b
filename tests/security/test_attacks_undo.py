"""A thief who moves an account to another address and prepares to stay: the owner's link leaves nothing of that."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from idp.base import clock
from idp.base.database import session
from idp.factors import service
from idp.oauth.models import Consent
from tests.factories import Person, Provider
from tests.factors.phones import begin, enrol, mid_step
from tests.me.test_email_change import change


@pytest.fixture(autouse=True)
def _mid_step() -> Iterator[None]:
    with mid_step():
        yield


def undo(provider: Provider, token: str) -> None:
    """Press the button behind the mailed link."""
    done = provider.browser().submit(f"/account/email/undo?token={token}")
    assert done.location == "/account/email/undone"


def factors(provider: Provider, person: Person) -> tuple[int, bool]:
    """Return how many factors an account has, and whether one is asked for."""
    with provider.account(person) as account:
        return service.of(account).count, account.has_second_factor


def test_an_app_begun_before_the_change_does_not_stay(provider: Provider, ann: Person) -> None:
    """An app counts from its first right code on: one begun before the change and confirmed after it goes."""
    phone = begin(provider, ann)
    token = change(provider, provider.browser(ann))
    assert phone.confirm(phone.code()) is None
    assert factors(provider, ann) == (1, True)
    undo(provider, token)
    assert factors(provider, ann) == (0, False)


def test_the_owner_s_own_app_stays(provider: Provider, ann: Person) -> None:
    """An app that was confirmed before the change is still asked for after its undoing; one that is only begun goes."""
    browser = provider.browser(ann)
    token = change(provider, browser)
    undo(provider, token)
    enrol(provider, ann)
    assert factors(provider, ann) == (1, True)


def test_what_a_thief_allowed_is_forgotten(provider: Provider, ann: Person) -> None:
    """An application let in after the change is not let in any more when the change is undone; one from before is."""
    mine, rogue = provider.client(), provider.client(client_name="Rogue")
    browser = provider.browser(ann)
    browser.answer(mine)
    with clock.moved(timedelta(minutes=1)):  # by more than the clocks of two nodes may differ
        token = change(provider, browser)
        browser.answer(rogue)
        undo(provider, token)
    with provider.working():
        assert session().scalars(select(Consent.client_id)).all() == [mine.client_id]
        assert session().scalar(select(func.count()).select_from(Consent)) == 1
