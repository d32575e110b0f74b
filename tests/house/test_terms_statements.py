"""What terms of service cost a code that is issued at once: nothing."""

from datetime import timedelta

import pytest

from idp.base import clock
from idp.terms import service
from tests.factories import Provider, parameters
from tests.house.watching import watching

pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.mark.parametrize("has_terms", [False, True])
def test_terms_cost_no_statement(provider: Provider, has_terms: bool) -> None:
    """A code at once costs the same statements, whether there are no terms or they are accepted."""
    client = provider.client(first_party=True)
    browser = provider.browser(provider.person())
    if has_terms:
        with provider.working():
            assert service.publish("2027-01", "Be kind.", actor="the tests")
        assert browser.submit("/terms").status_code == 303
    browser.answer(client)
    with clock.moved(timedelta(minutes=1)), watching(provider.app) as work:
        assert "code" in parameters(browser.authorize(client), client)
    assert not [name for name in [*work.declared, *work.others] if "terms" in name or name == "_all"]
    assert len(work.declared) + len(work.others) <= 3
