"""Who may sign up: every way in which somebody gets an account by themselves, and the policy that changes in between."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from idp import policies
from idp.accounts import confirmation, lookup, pending, service, signup
from idp.accounts.admission import domains
from idp.accounts.admission import service as admission
from idp.accounts.admission.rules import RULE, Mode, Rules
from idp.accounts.models import Account
from idp.base import database
from idp.base.database import session
from idp.base.outcome import Reason, Refused
from tests.core import mails
from tests.factories import CSRF, PASSWORD, Browser, Person, Provider

NEW, TAKEN = "new@example.com", "ann@example.com"
STRONG = "Validpass42*"
CLOSED, INVITED = Rules(Mode.CLOSED), Rules(Mode.INVITATION)
OURS = Rules(Mode.DOMAINS, allow=frozenset({"corp.example", "*.corp.example"}), deny=frozenset({"lab.corp.example"}))

SENTENCES = {
    Mode.CLOSED: "New accounts cannot be made here",
    Mode.INVITATION: "Accounts here are for people who were invited",
    Mode.DOMAINS: "People with an e-mail address of this domain cannot sign up here",
}

Way = Callable[[Provider, str, str], TestResponse]


def decide(provider: Provider, rules: Rules) -> None:
    """Set the policy."""
    with provider.working():
        assert admission.put(rules, actor="the tests") == []


def has_account(provider: Provider, email: str) -> bool:
    """Return whether an address has an account."""
    with provider.working():
        return lookup.find_by_email(email) is not None


def csrf(browser: Browser) -> str:
    """Return the token of a browser's forms; that of another page will do."""
    return (CSRF.findall(browser.get("/reset").text) or [""])[0]


def by_page(provider: Provider, email: str, username: str) -> TestResponse:
    """Send the page's form, as somebody does who opened it earlier."""
    browser = provider.browser()
    token = {"csrf_token": csrf(browser)}
    fields = {"email": email, "password": PASSWORD, "username": username}
    return browser.http.post("/signup", data=fields | token, headers={"Accept": "text/html"})


def by_bearer(provider: Provider, email: str, username: str) -> TestResponse:
    """Sign up at document 1."""
    return provider.http.post("/auth/register/", json={"username": username, "email": email, "password": STRONG})


def by_cookies(provider: Provider, email: str, _username: str) -> TestResponse:
    """Sign up at document 3."""
    return provider.http.post("/auth/signup", json={"fullName": "Ann Lee", "email": email, "password": STRONG})


def by_directory(provider: Provider, email: str, username: str) -> TestResponse:
    """Sign up at document 5."""
    return provider.http.post("/user/signup/", json={"username": username, "email": email, "password": STRONG})


WAYS: dict[str, tuple[Way, int, int]] = {  # with the status of a refusal, and of a sign-up
    "page": (by_page, 403, 303),
    "document 1": (by_bearer, 400, 201),
    "document 3": (by_cookies, 400, 201),
    "document 5": (by_directory, 401, 201),
}
ways = pytest.mark.parametrize(("sign_up", "refused", "taken"), WAYS.values(), ids=WAYS)


@pytest.mark.parametrize(
    ("domain", "patterns", "is_matched"),
    [
        ("example.com", {"example.com"}, True),
        ("mail.example.com", {"example.com"}, False),
        ("mail.example.com", {"*.example.com"}, True),
        ("a.b.example.com", {"*.example.com"}, True),
        ("example.com", {"*.example.com"}, False),
        ("badexample.com", {"*.example.com", "example.com"}, False),
        ("example.com", {"*.com"}, True),
        ("com", {"*.com"}, False),
        ("example.com", set(), False),
    ],
)
def test_a_pattern_is_one_domain_or_those_below(domain: str, patterns: set[str], is_matched: bool) -> None:
    """A name fits itself alone, and a star whatever lies below, however deep, and never what merely ends alike."""
    assert domains.are_matched(domain, patterns) is is_matched


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Example.COM, *.example.com\n@example.com", ["example.com", "*.example.com"]),
        ("bücher.example", ["xn--bcher-kva.example"]),
        ("", []),
        ("no_domain!", ["no_domain!"]),
    ],
)
def test_domains_are_read_as_they_are_compared(text: str, read: list[str]) -> None:
    """Lines, commas and at signs are forgiven, letters and accents brought into one form, and what is no domain stays, to be named."""
    assert domains.read(text) == read
    assert [name for name in read if domains.canonical(name) is None] == (["no_domain!"] if "!" in text else [])


@pytest.mark.parametrize(
    ("rules", "email", "reason"),
    [
        (Rules(), NEW, None),
        (Rules(deny=frozenset({"example.com"})), NEW, Reason.SIGN_UP_DOMAIN),
        (OURS, "a@corp.example", None),
        (OURS, "a@sub.corp.example", None),
        (OURS, "a@lab.corp.example", Reason.SIGN_UP_DOMAIN),
        (OURS, NEW, Reason.SIGN_UP_DOMAIN),
        (Rules(refuse_disposable=True), "a@mailinator.com", Reason.SIGN_UP_DISPOSABLE),
        (Rules(refuse_disposable=True), "a@in.mailinator.com", Reason.SIGN_UP_DISPOSABLE),
        (Rules(refuse_disposable=True), NEW, None),
        (Rules(refuse_disposable=True, allow=frozenset({"mailinator.com"})), "a@mailinator.com", None),
        (CLOSED, NEW, Reason.SIGN_UP_CLOSED),
        (CLOSED, None, Reason.SIGN_UP_CLOSED),
        (INVITED, "a@corp.example", Reason.SIGN_UP_INVITED),
        (OURS, None, None),
    ],
)
def test_what_an_address_is_refused_for(rules: Rules, email: str | None, reason: Reason | None) -> None:
    """Each rule refuses for its own reason; denied wins over allowed, and allowed over disposable."""
    refused = rules.refuse(email)
    assert (refused.reason if refused is not None else None) is reason


@ways
@pytest.mark.parametrize("rules", [CLOSED, INVITED, OURS], ids=["closed", "invitation", "domains"])
def test_no_way_leads_around_the_policy(
    provider: Provider, rules: Rules, sign_up: Way, refused: int, taken: int
) -> None:
    """Every sign-up is refused in its own shape, with the same words whether or not the address, or the username, has an account."""
    provider.person(TAKEN, username="ann")
    decide(provider, rules)
    status = 400 if rules is OURS and refused == 403 else refused
    answers = [sign_up(provider, email, name) for email, name in ((NEW, "new"), (TAKEN, "new"), (NEW, "ann"))]
    assert [answer.status_code for answer in answers] == [status] * 3
    sentence = SENTENCES[rules.mode]
    assert all(sentence in answer.text for answer in answers)
    if refused != 403:
        assert len({answer.text for answer in answers}) == 1
    assert not has_account(provider, NEW)
    with provider.working():
        assert mails.waiting() == [mail for mail in mails.waiting() if mail.label == "administrators_told"]


@ways
def test_whoever_may_signs_up(provider: Provider, sign_up: Way, refused: int, taken: int) -> None:
    """An address of an allowed domain is taken at every way."""
    decide(provider, OURS)
    assert sign_up(provider, "a@corp.example", "somebody").status_code in {taken, 401}
    assert has_account(provider, "a@corp.example") is (sign_up is not by_page)


def test_pages_offer_what_there_is(provider: Provider) -> None:
    """Where nobody may sign up the sign-in page offers no sign-up, and the page of sign-up says why; opened again, both do at once."""
    offer = 'href="/signup"'
    assert offer in provider.browser().get("/signin").text
    for rules, title in ((CLOSED, "Sign-up is closed"), (INVITED, "You need an invitation")):
        decide(provider, rules)
        assert offer not in provider.browser().get("/signin").text
        answer = provider.browser().get("/signup?next=/account")
        assert (answer.status_code, title in answer.text, 'href="/signin?next=' in answer.text) == (403, True, True)
    decide(provider, Rules())
    assert offer in provider.browser().get("/signin").text
    assert provider.browser().get("/signup").status_code == 200


def test_a_sign_up_that_was_begun_before(provider: Provider) -> None:
    """Whoever has the code when sign-up closes gets no account by it, and does once it is open again, by the same code."""
    browser = provider.browser()
    assert browser.submit("/signup", email=NEW, password=PASSWORD).status_code == 303
    with provider.working():
        code = mails.newest().code
    decide(provider, CLOSED)
    for _ in range(6):  # more than a code has tries
        answer = browser.submit("/verify", code=code)
        assert (answer.status_code, "New accounts cannot be made here" in answer.text) == (400, True)
    assert not has_account(provider, NEW)
    answer = browser.submit("/verify/address", email="other@example.com")
    assert (answer.status_code, has_account(provider, "other@example.com")) == (400, False)
    decide(provider, Rules())
    assert browser.submit("/verify", code=code).location == "/account"
    assert has_account(provider, NEW)


def test_closing_waits_for_whoever_is_being_made(provider: Provider) -> None:
    """Where closing and the last sign-up meet, one is first: after the policy is saved no account comes any more."""
    with provider.working():
        made = pending.start(signup.Application(NEW, PASSWORD), next_path=None, source="192.0.2.1")
        assert isinstance(made, str)
        code = mails.newest().code
    start = threading.Barrier(2, timeout=30)
    found: list[Any] = []

    def confirm() -> None:
        with provider.working():
            sign_up = pending.find(made)
            start.wait()
            found.append(confirmation.confirm_code(code, sign_up=sign_up))

    def close() -> None:
        with provider.working():
            start.wait()
            admission.put(CLOSED, actor="the tests")
            database.commit()
            found.append(session().scalar(select(func.count()).select_from(Account).where(Account.email == NEW)))

    threads = [threading.Thread(target=confirm), threading.Thread(target=close)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    confirmed = next(one for one in found if isinstance(one, Account | Refused))
    counted = next(one for one in found if isinstance(one, int))
    assert counted == int(isinstance(confirmed, Account)) == int(has_account(provider, NEW))


def enter_by_document_3(provider: Provider, email: str) -> TestResponse:
    """Sign in at document 3."""
    return provider.app.test_client().post("/auth/login", json={"email": email, "password": STRONG})


def test_a_claimed_domain_opens_nothing(provider: Provider) -> None:
    """An account of an older interface lets nobody in by a domain that it claims until the address is proved, at whatever door."""
    email = "boss@corp.example"
    decide(provider, OURS)
    answer = by_cookies(provider, email, "")
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (201, [])
    answer = enter_by_document_3(provider, email)
    assert (answer.status_code, answer.json["message"].startswith("Confirm your e-mail address")) == (401, True)
    browser, person = provider.browser(), Person(0, "", email, STRONG)
    for _ in range(2):
        assert browser.sign_in("/signin?next=/account/apps", person).location == "/verify?next=%2Faccount%2Fapps"
    page = browser.get("/verify?next=/account/apps").text
    assert (email in page, "Skip for now" in page, "Use another address" in page) == (True, False, False)
    assert browser.get("/account").location.startswith("/signin")
    assert browser.submit("/verify?next=/account/apps", code="000000").status_code == 400
    with provider.working():
        code = mails.newest().code
    assert browser.submit("/verify?next=/account/apps", code=code).location == "/account/apps"
    assert browser.get("/account/apps").status_code == 200
    assert enter_by_document_3(provider, email).status_code == 200


def test_who_was_here_before_is_not_bound(provider: Provider) -> None:
    """Accounts that are there sign in whatever the policy, and those that operators make need none of it."""
    ann = provider.person(TAKEN)
    decide(provider, OURS)
    with provider.working():
        made = service.add("guest@elsewhere.example", username=None, password=PASSWORD, verified=False)
        assert isinstance(made, Account)
    for person in (ann, Person(made.id, made.sub, "guest@elsewhere.example")):
        for rules in (OURS, CLOSED, INVITED):
            decide(provider, rules)
            assert provider.browser().sign_in("/signin", person).location == "/account"


def test_every_process_hears_of_it(provider: Provider) -> None:
    """What a process knows of the policy is what was decided last, by whichever process; a decision that fails moves nothing."""
    with provider.working():
        assert policies.recall(RULE) == Rules()
    decide(provider, INVITED)
    with provider.working():
        assert policies.recall(RULE) == INVITED
        refusals = admission.put(Rules(Mode.DOMAINS), actor="the tests")
        assert [(refused.reason, refused.field) for refused in refusals] == [(Reason.POLICY_INVALID, "allow")]
        assert policies.recall(RULE) == INVITED == admission.get()


def test_a_strange_link_proves_it(provider: Provider) -> None:
    """The link of an older interface's mail, opened anywhere, asks for the password, proves the address, and lets in."""
    decide(provider, OURS)
    by_directory(provider, "ann@corp.example", "annie")
    with provider.working():
        token = mails.newest().token
    browser: Browser = provider.browser()
    assert browser.submit(f"/verify/link?token={token}", password=STRONG).location == "/account"
    assert browser.get("/account").status_code == 200
