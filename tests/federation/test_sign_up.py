"""Providers make accounts as the sign-up policy says, and no others."""

import pytest

from idp.accounts.admission import service
from idp.accounts.admission.rules import Mode, Rules
from tests.factories import Provider
from tests.federation.stand_in import Human, StandIn
from tests.federation.traveller import Traveller, accounts, person_at

CORP = Rules(Mode.DOMAINS, allow=frozenset({"corp.example"}))


def decide(provider: Provider, rules: Rules) -> None:
    """Set the policy."""
    with provider.working():
        assert service.put(rules, actor="the tests") == []


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        (Rules(Mode.CLOSED), "New accounts cannot be made here"),
        (Rules(Mode.INVITATION), "Accounts here are for people who were invited"),
        (CORP, "People with an e-mail address of this domain cannot sign up here"),
    ],
    ids=["closed", "invitation", "domains"],
)
def test_no_account_is_made_against_the_policy(
    provider: Provider, ann: Traveller, stand: StandIn, rules: Rules, sentence: str
) -> None:
    """Somebody new is told why on the page, at an older interface in its shape, and gets no account; who has one comes in still."""
    stand.human = Human(id=1, login="ann", email="ann@example.org")
    assert ann.sign_in_by("github").location == "/account"
    decide(provider, rules)
    assert Traveller(provider).sign_in_by("github").location == "/account"
    stand.human = Human(id=2, login="bob", email="bob@example.org")
    answer = Traveller(provider).sign_in_by("github")
    assert (answer.status_code, sentence in answer.text) == (403, True)
    caller = Traveller(provider)
    back = caller.get(caller.travel(caller.get("/auth/github").location))
    assert (back.status_code, back.json) == (401, {"msg": "Github authentication failed"})
    assert set(accounts(provider)) == {"ann@example.org"}


def test_an_address_that_nobody_vouches_for(provider: Provider, ann: Traveller, stand: StandIn) -> None:
    """By an allowed domain that the provider does not vouch for somebody gets an account and is let in once the address is proved."""
    decide(provider, CORP)
    stand.human = Human(id=1, login="ann", email="ann@corp.example", verified=False)
    answer = ann.sign_in_by("google", "/account/apps")
    assert answer.location == "/verify?next=%2Faccount%2Fapps"
    assert ann.get("/account").location.startswith("/signin")
    assert accounts(provider) == {"ann@corp.example": False}
    stand.human = Human(id=2, login="bob", email="bob@corp.example")
    assert Traveller(provider).sign_in_by("google").location == "/account"
    assert person_at(provider, "bob@corp.example")
