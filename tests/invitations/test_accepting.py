"""Coming by an invitation: once, by whoever has the letter, into the groups, whatever else happens at the same moment."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from idp import policies
from idp.accounts import lookup as accounts
from idp.accounts import service as account_service
from idp.accounts import signup
from idp.accounts.admission import service as admission
from idp.accounts.admission.rules import Mode, Rules
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import session
from idp.base.outcome import Reason, Refused
from idp.groups import lookup as groups
from idp.groups import members
from idp.invitations import accepting, lookup, service
from idp.invitations.models import Invitation
from idp.invitations.service import Letter, Outcome
from tests.core import mails
from tests.factories import PASSWORD, Person, Provider
from tests.federation.traveller import events
from tests.groups import making

GUEST = "guest@elsewhere.example"
INVITED = Rules(Mode.INVITATION)


def invite(provider: Provider, email: str = GUEST, *paths: str, days: int = 7) -> str:
    """Invite somebody and return the secret of the letter."""
    with provider.working():
        letter = Letter([making.group(path) for path in paths], days, "the tests", "Root")
        sent = service.invite([email], letter, take=_take)
        assert sent.by_outcome[Outcome.SENT] == [email]
        return mails.newest().token


def _take(account_id: int) -> Account | Refused:
    from idp.accounts import taking
    from idp.accounts.taking import Authority

    return taking.take(Authority(account_id), is_closed_too=True)


def decide(provider: Provider, rules: Rules) -> None:
    """Set the sign-up policy."""
    with provider.working():
        policies.put(admission.RULE, rules, actor="the tests")


def groups_of(provider: Provider, email: str) -> list[str]:
    """Return the paths of somebody's groups."""
    with provider.working():
        account = accounts.find_by_email(email)
        return [group.path for group, _ in groups.memberships(account.id)] if account is not None else ["nobody"]


@pytest.mark.parametrize("rules", [Rules(), INVITED, Rules(Mode.DOMAINS, allow=frozenset({"corp.example"}))])
def test_an_invitation_makes_an_account(provider: Provider, rules: Rules) -> None:
    """The letter's page makes an account with the address proved, signs in, gives the groups, and opens nothing a second time."""
    decide(provider, rules)
    token = invite(provider, GUEST, "/eng/backend", "/staff")
    browser, path = provider.browser(), f"/invitation?token={token}"
    for _ in range(3):  # a mail scanner, and a reader who looks twice
        page = browser.get(path)
        assert (page.status_code, GUEST in page.text) == (200, True)
    assert browser.submit(path, password="short").status_code == 400
    answer = browser.submit(path, password=PASSWORD, given_name="Gus", username="gus")
    assert (answer.status_code, answer.location) == (303, "/account")
    assert "Your account is made" in browser.get("/account").text
    assert groups_of(provider, GUEST) == ["/eng/backend", "/staff"]
    with provider.working():
        account = accounts.find_by_email(GUEST)
        assert account is not None
        assert (account.is_verified, account.username, account.given_name) == (True, "gus", "Gus")
        (row,) = session().scalars(lookup.search(GUEST))
        assert (lookup.state_of(row), row.account_id, row.had_account) == ("came", account.id, False)
        subject = account.sub
    found = events(provider, "invitation.accepted")
    assert [(event["subject"], event["invitation"]) for event in found] == [(subject, 1)]
    again = provider.browser().get(path)
    assert (again.status_code, "This invitation does not work" in again.text) == (400, True)


def test_a_letter_says_who_and_how_long(provider: Provider) -> None:
    """The letter names who invites, how long its link works and nothing of groups; the database has no secret of it."""
    token = invite(provider, GUEST, "/eng", days=14)
    with provider.working():
        letter = mails.newest()
        assert (letter.to, letter.label) == (GUEST, "invitation")
        assert "Root invites you" in letter.text
        assert "for 14 days" in letter.text
        assert "/eng" not in letter.text.replace(provider.issuer, "")
        row = lookup.find_open(GUEST)
        assert row is not None
        assert token.encode() not in bytes(row.token_digest or b"")
        assert row.expires_at - clock.now() > timedelta(days=13, hours=23)


@pytest.mark.parametrize("how", ["revoked", "sent again", "expired", "closed", "made up"])
def test_links_that_open_nothing(provider: Provider, how: str) -> None:
    """A link that was revoked, replaced or has expired, or comes while nobody may sign up, makes no account; neither does a made-up one."""
    token = invite(provider)
    later = timedelta()
    with provider.working():
        row = lookup.find(1, for_change=True)
        assert row is not None
        if how == "revoked":
            assert service.revoke(row, actor="the tests")
            assert not service.revoke(row, actor="the tests")
        if how == "sent again":
            assert service.resend(row, actor="the tests") is Outcome.SENT
    if how == "expired":
        later = timedelta(days=7, minutes=1)
    if how == "closed":
        decide(provider, Rules(Mode.CLOSED))
    token = "nothing" if how == "made up" else token
    with clock.moved(later), provider.working():
        made = accepting.sign_up(token, signup.Application("", PASSWORD), source="192.0.2.1")
        reasons = {"closed": Reason.SIGN_UP_CLOSED, "expired": Reason.LINK_EXPIRED}
        assert isinstance(made, list)
        assert [refused.reason for refused in made] == [reasons.get(how, Reason.LINK_INVALID)]
        assert accounts.find_by_email(GUEST) is None
    with clock.moved(later):
        page = provider.browser().get(f"/invitation?token={token}")
        assert (page.status_code, "This invitation does not work" in page.text) == (
            403 if how == "closed" else 400,
            True,
        )


def test_one_letter_makes_one_account(provider: Provider) -> None:
    """Of two who open one letter at the same moment, and an administrator who revokes it then, at most one has an account by it."""
    token = invite(provider, GUEST, "/eng")
    start = threading.Barrier(3, timeout=30)
    made: list[object] = []

    def come() -> None:
        with provider.working():
            start.wait()
            made.append(accepting.sign_up(token, signup.Application("", PASSWORD), source="192.0.2.1"))

    def revoke() -> None:
        with provider.working():
            start.wait()
            row = lookup.find(1, for_change=True)
            assert row is not None
            made.append(service.revoke(row, actor="the tests"))

    threads = [threading.Thread(target=one) for one in (come, come, revoke)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    people = [one for one in made if isinstance(one, Account)]
    assert len(made) == 3
    assert len(people) + made.count(True) == 1
    with provider.working():
        assert session().scalar(select(func.count()).select_from(Account).where(Account.email == GUEST)) == len(people)


def by_page(provider: Provider) -> None:
    """Sign up on the page, and type the mailed code."""
    browser = provider.browser()
    browser.submit("/signup", email=GUEST, password=PASSWORD)
    with provider.working():
        code = mails.newest().code
    assert browser.submit("/verify", code=code).location == "/account"


def by_letter_to_an_unproved_account(provider: Provider) -> None:
    """Open the letter where somebody else has made an account of the address, which nobody has proved."""
    with provider.working():
        made = signup.register(signup.Application(GUEST, "Validpass42*"), source="192.0.2.1")
        assert isinstance(made, Account)
    with provider.working():
        token = next(mail for mail in mails.waiting() if mail.label == "invitation").token
    assert provider.browser().submit(f"/invitation?token={token}", password=PASSWORD).location == "/account"


def by_letter_to_a_waiting_account(provider: Provider) -> None:
    """Open the letter where an operator has made an account that waits for its owner."""
    with provider.working():
        account_service.add(GUEST, username="guest", password="an operator's choice", verified=False)
        token = next(mail for mail in mails.waiting() if mail.label == "invitation").token
    assert provider.browser().submit(f"/invitation?token={token}", password=PASSWORD).location == "/account"


@pytest.mark.parametrize("way", [by_page, by_letter_to_an_unproved_account, by_letter_to_a_waiting_account])
def test_whoever_proves_the_address_comes_by_it(provider: Provider, way: Callable[[Provider], None]) -> None:
    """Also without the letter, and past an account that waits or is a stranger's, the owner gets the groups and uses the invitation up."""
    invite(provider, GUEST, "/eng")
    way(provider)
    assert groups_of(provider, GUEST) == ["/eng"]
    with provider.working():
        assert lookup.find_open(GUEST) is None
    assert provider.browser().sign_in("/signin", Person(0, "", GUEST, PASSWORD)).location == "/account"


def test_an_unproved_address_gets_nothing(provider: Provider) -> None:
    """Who merely claims an invited address is put into no group, and the invitation waits for its owner."""
    invite(provider, GUEST, "/eng")
    with provider.working():
        signup.register(signup.Application(GUEST, "Validpass42*"), source="192.0.2.1")
    assert groups_of(provider, GUEST) == []
    with provider.working():
        assert lookup.is_invited(GUEST)


def test_an_account_that_came_meanwhile_accepts(provider: Provider) -> None:
    """Whoever has an account by the time the letter is opened is asked to accept, keeps the password, and is signed in by nothing else."""
    token = invite(provider, GUEST, "/eng")
    guest = provider.person(GUEST)
    browser = provider.browser()
    page = browser.get(f"/invitation?token={token}").text
    assert ("You have an account with" in page, 'name="password"' in page) == (True, False)
    assert browser.submit(f"/invitation?token={token}").location == "/account/groups"
    assert browser.get("/account/groups").location.startswith("/signin")
    assert groups_of(provider, GUEST) == ["/eng"]
    assert browser.sign_in("/signin", guest).location == "/account"


def test_a_group_that_is_gone_is_left_out(provider: Provider) -> None:
    """A group that was deleted since the letter was sent keeps nobody from coming."""
    from idp.groups import service as tree

    token = invite(provider, GUEST, "/eng", "/staff")
    with provider.working():
        group = groups.find_by_path("/eng")
        assert group is not None
        tree.remove(group, actor="the tests")
    assert provider.browser().submit(f"/invitation?token={token}", password=PASSWORD).location == "/account"
    assert groups_of(provider, GUEST) == ["/staff"]


def test_who_has_an_account_gets_the_groups_at_once(provider: Provider) -> None:
    """An address with an account gets the groups and one mail that says so; one that is closed, or may not be touched, nothing at all."""
    ann, eve = provider.person("ann@example.org"), provider.person("eve@example.org")
    with provider.account(eve) as account:
        account_service.set_disabled(account, True, actor="the tests")
    with provider.working():
        letter = Letter([making.group("/eng")], 7, "the tests")
        before = len(mails.waiting())
        sent = service.invite([ann.email, eve.email], letter, take=_take)
        assert (sent.by_outcome[Outcome.GIVEN], sent.by_outcome[Outcome.WITHHELD]) == ([ann.email], [eve.email])
        (told,) = mails.waiting()[before:]
        assert (told.to, told.label, "/eng" in told.text) == (ann.email, "invitation_given", True)
        account_found = accounts.find(ann.id)
        assert account_found is not None
        group = groups.find_by_path("/eng")
        assert group is not None
        assert members.find(group, account_found) is not None
    assert groups_of(provider, eve.email) == []


def test_letters_have_a_bound(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address gets three letters at once, whoever sends them, and the newest stays good; who invites too many is told what is left."""
    token = invite(provider)
    with provider.working():
        letter = Letter([], 7, "another")
        for outcome in (Outcome.SENT, Outcome.SENT, Outcome.HELD_BACK):
            assert service.invite([GUEST], letter, take=_take).by_outcome[outcome] == [GUEST]
            token = mails.newest().token
    assert provider.browser().get(f"/invitation?token={token}").status_code == 200
    monkeypatch.setattr(service, "MOST_AT_ONCE", 2)
    with provider.working():
        people = [f"p{number}@example.com" for number in range(4)]
        sent = service.invite(people, Letter([], 7, "eager"), take=_take)
        assert (sent.by_outcome[Outcome.SENT], sent.left) == (people[:2], tuple(people[2:]))
        assert sent.retry_after
        assert service.invite(people[2:], Letter([], 7, "the operator"), take=_take, limited=False).left == ()


def test_old_invitations_go(provider: Provider) -> None:
    """What nobody came by is deleted three months after its end; whoever came is remembered as long as there is an account."""
    invite(provider, "gone@example.com")
    token = invite(provider)
    assert provider.browser().submit(f"/invitation?token={token}", password=PASSWORD).status_code == 303
    with provider.working(), clock.moved(timedelta(days=98)):
        assert service.purge(10) == 1
        assert [row.email for row in session().scalars(select(Invitation))] == [GUEST]
