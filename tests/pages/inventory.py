"""Every page of the house with a form or a decision on it, reached as people reach it, and each form once more as it is refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from flask import Flask

from idp.accounts import email_change, erasure, founding, lookup, proofs
from idp.accounts.authority import owning
from idp.accounts.models import Account
from idp.admin import questions
from idp.attributes.definition import KINDS
from idp.clients import initial_tokens
from idp.factors import break_glass
from idp.groups import access, members, service
from idp.groups.models import Group
from idp.jobs.actions import ACTIONS
from idp.lifetimes import LIFETIMES
from idp.roles import giving
from idp.roles import service as roles
from idp.roles.models import Role
from idp.streams import service as streams
from tests.core import mails
from tests.factories import Browser, Person, Provider, request
from tests.pages import connecting, joining, neighbours
from tests.pages.reading import Page
from tests.two_factors import enter, give_app

ANN, BOB = "ann@example.org", "bob@example.org"
SECURITY = "/account/security"
OWN = [
    "",
    "/password",
    "/activity",
    "/groups",
    "/apps",
    "/clients",
    "/sessions",
    "/email",
    "/data",
    "/delete",
    "/security",
    "/connections",
]
ADMIN = [
    "",
    "/clients",
    "/clients/new",
    "/registration",
    "/people",
    "/administrators",
    "/policy",
    "/requests",
    "/sign-up",
]
ADMIN += ["/people/jobs", *(f"/people/many?whom=found&act={act}" for act in ("export", *ACTIONS))]
ADMIN += ["/invitations", "/invitations/new", "/invitations/1/revoke"]
ADMIN += ["/administrators/groups"]
ADMIN += ["/terms", "/terms/new", "/terms/end"]
ADMIN += ["/attributes", *(f"/attributes/new?kind={kind}" for kind in KINDS)]
ADMIN += ["/resources", "/resources/new", "/details", "/details/new", "/issuers", "/issuers/new"]
ADMIN += ["/groups", "/groups/new", "/roles", "/roles/new"]
ADMIN += ["/scopes", "/scopes/claims?scope=groups", "/scopes/claims/remove?scope=groups&claim=groups"]
ADMIN += ["/streams", "/audit", "/audit/retention", "/audit/retention/90", "/mail", "/keys", "/keys/rotate"]


@dataclass
class Inventory:
    """The pages that were reached, by address, with the browser that reached each; and the pages of refused forms."""

    provider: Provider
    pages: dict[str, Page] = field(default_factory=dict)
    refused: dict[str, Page] = field(default_factory=dict)
    browsers: dict[str, Browser] = field(default_factory=dict)

    def open(self, browser: Browser, *paths: str) -> None:
        """Keep pages that must be there."""
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code == 200, f"{path} answered {answer.status_code} {answer.headers.get('Location')}"
            self.pages[path] = Page(path, answer.text)
            self.browsers[path] = browser

    def refuse(self, browser: Browser, path: str, **fields: str) -> None:
        """Send a form that is refused, and keep its page."""
        answer = browser.submit(path, **fields)
        assert answer.status_code in {400, 429}, f"{path} answered {answer.status_code}"
        self.refused[path] = Page(f"{path} refused", answer.text)

    @property
    def all(self) -> list[Page]:
        """All pages, as opened and as refused."""
        return [*self.pages.values(), *self.refused.values()]

    def signed_in(self) -> Iterator[Page]:
        """Return the pages of people who are signed in: their own and the administrators'."""
        return (page for path, page in self.pages.items() if path.startswith(("/account", "/admin")))


def collect(app: Flask) -> Inventory:
    """Walk through the house."""
    found = Inventory(Provider(app))
    with found.provider.working():
        setup = founding.bootstrap_link()
    assert setup is not None
    found.open(found.provider.browser(), setup.removeprefix(found.provider.issuer))
    found.refuse(found.provider.browser(), setup.removeprefix(found.provider.issuer), email="no address", password="x")
    ann, bob = found.provider.person(ANN, username="ann"), found.provider.person(BOB)
    _entrance(found)
    _mailed(found, ann)
    joining.invite(found)
    _second_factor(found, bob)
    _stand(found, ann)
    _own(found, ann)
    _admin(found, ann)
    connecting.connect(found)
    joining.accept_terms(found)
    joining.complete(found)
    return found


def _entrance(found: Inventory) -> None:
    anybody = found.provider.browser()
    found.open(anybody, "/signin", "/signup", "/reset", "/signed-out")
    found.refuse(anybody, "/signin")
    found.refuse(anybody, "/signin?next=/account", username="ann", password="a wrong guess")
    found.refuse(anybody, "/signup", email="no address", password="short", username="no name!")
    found.refuse(anybody, "/reset", email="")
    newcomer = found.provider.browser()
    assert newcomer.submit("/signup", email="new@example.org", password="a passable phrase").status_code == 303
    found.open(newcomer, "/verify", "/verify/address")
    found.refuse(newcomer, "/verify", code="000 000")
    found.refuse(newcomer, "/verify/address", email="no address")
    link = f"/verify/link?token={_token(found)}"
    found.open(newcomer, link)
    found.open(found.provider.browser(), f"{link}&elsewhere=1")
    found.refuse(found.provider.browser(), link, password="a wrong guess")


def _mailed(found: Inventory, ann: Person) -> None:
    """Open what mails lead to: a reset, the end of a hold, an undone change of address, an account that is kept."""
    forgetful = found.provider.browser()
    assert forgetful.submit("/reset", email=ANN).status_code == 303
    found.open(forgetful, "/reset/code")
    found.refuse(forgetful, "/reset/code", code="")
    link = f"/reset/password?token={_token(found)}"
    found.open(forgetful, link)
    found.refuse(forgetful, link, password="short")
    leaver = found.provider.person("leaver@example.org")
    with found.provider.working():
        life = LIFETIMES.unlock_link
        unlock, _code = proofs.make(proofs.UNLOCK, "unlock", email=ANN, account_id=ann.id, link_life=life)
        undo, _code = proofs.make(proofs.UNDO_EMAIL, "undo", email=ANN, account_id=ann.id, link_life=life)
        assert erasure.schedule(_account(leaver), source="192.0.2.1") is None
        keep = mails.newest().token
    found.open(forgetful, f"/unlock?token={unlock}", f"/account/email/undo?token={undo}", f"/account/keep?token={keep}")


def _second_factor(found: Inventory, bob: Person) -> None:
    give_app(found.provider, bob)
    half = found.provider.browser()
    assert half.sign_in("/signin", bob).location.startswith("/signin/code")
    found.open(half, "/signin/code", "/signin/code?recovery=1")
    found.refuse(half, "/signin/code", code="12 34 56")
    browser = found.provider.browser()
    enter(browser, bob)
    found.open(browser, "/auth/username", f"{SECURITY}?with=factors", f"{SECURITY}/recovery-codes")
    kept = browser.get(SECURITY).text.partition(f"{SECURITY}/authenticator/")[2].partition("/")[0]
    found.open(browser, *(f"{SECURITY}/authenticator/{kept}/{verb}" for verb in ("rename", "remove")))
    found.refuse(browser, f"{SECURITY}/authenticator/{kept}/rename", name="")
    assert browser.submit(f"{SECURITY}/recovery-codes").status_code == 303
    found.open(browser, f"{SECURITY}/recovery-codes?new=1")


def _stand(found: Inventory, ann: Person) -> None:
    """Open what is about groups and roles: of a member who owns one, and of administrators."""
    browser = found.provider.browser(found.provider.person("keeper@example.org", is_admin=True))
    with found.provider.working():
        eng, account = service.create_path("/eng/backend", description="Servers", actor="test"), _account(ann)
        editor = roles.create("editor", actor="test")
        assert isinstance(eng, Group)
        assert isinstance(editor, Role)
        members.add(eng, account, actor="test")
        members.add_owner(eng, account, actor="test")
        giving.give(editor, account, actor="test")
        giving.give_to_group(editor, eng, actor="test")
    group, role = f"/admin/groups/{eng.id}", f"/admin/roles/{editor.id}"
    adding = (f"{base}/add{who}" for base in (group, role) for who in ("", "?q=ann", f"/{ann.sub}"))
    removing = (f"{group}/{kind}/{ann.sub}/remove" for kind in ("members", "owners"))
    found.open(browser, group, role, f"{group}/delete", f"{role}/delete", f"{role}/groups", *adding, *removing)
    found.open(browser, f"{role}/holders/{ann.sub}/remove", f"{role}/groups/{eng.id}/remove")
    near = f"/admin/administrators/groups/{eng.id}/{ann.sub}/help-desk"
    found.open(browser, f"{near}/give", f"{near}/withdraw")
    found.refuse(browser, "/admin/administrators/groups", person="nobody@example.org", role="emperor", until="soon")
    found.refuse(browser, "/admin/groups/new", name="a/b", parent="/nowhere")
    found.refuse(browser, group, name="")
    found.refuse(browser, f"{group}/add/{ann.sub}", kind="member", until="never")
    found.refuse(browser, "/admin/roles/new", name="two words")
    found.refuse(browser, f"{role}/groups", group="/nowhere", until="never")
    client = found.provider.client(client_id="wiki", contacts=["desk@rp.example"])
    base = f"/admin/clients/{client.client_id}"
    found.open(browser, f"{base}/access", f"{base}/claims", f"{base}/claims/remove?claim=x", f"{base}/preview?who=ann")
    found.refuse(browser, f"{base}/access", access="groups", groups="/nowhere")
    found.refuse(browser, f"{base}/claims", claim="sub", source="constant:")
    found.open(browser, f"{base}/exchanges", f"{base}/exchanges/remove?subject=x")
    found.refuse(browser, f"{base}/exchanges", subject="nobody", scope="a b", manner="delegation")
    with found.provider.registration(client) as row:
        assert access.put(row, is_restricted=True, groups=[eng], actor="test") is None
    stranger = found.provider.browser(found.provider.person("stranger@example.org"))
    found.open(stranger, stranger.authorize(client).location)
    owner, own = found.provider.browser(ann), f"/account/groups/{eng.id}"
    found.open(owner, own)
    with found.provider.registration(client) as row:
        assert owning.add(row, _account(ann), actor="test") is None
    found.open(browser, f"{base}/owners", f"{base}/owners/{ann.sub}/remove")
    found.refuse(browser, f"{base}/owners", person="nobody")
    found.open(owner, base, f"{base}/give-up")
    found.open(browser, f"{base}/test", f"{base}/branding")
    found.refuse(browser, f"{base}/branding", accent_color="yellow", logo_uri="no address")
    found.refuse(browser, f"{base}/test", address="no address")
    found.refuse(owner, own, member="nobody", until="never")


def _own(found: Inventory, ann: Person) -> None:
    browser = found.provider.browser(ann)
    found.open(browser, *(f"/account{path}" for path in OWN), "/signout")
    found.open(browser, "/signin?again=1&next=/account", f"{SECURITY}/authenticator", f"{SECURITY}/passkeys/new")
    adding = browser.submit(f"{SECURITY}/authenticator").location
    found.open(browser, adding)
    found.refuse(browser, adding, code="", name="")
    found.refuse(browser, "/account", username="no name!")
    found.refuse(browser, "/account/password", current_password="a wrong guess", new_password="short")
    found.refuse(browser, "/account/email", email="no address")
    found.refuse(browser, "/account/delete")
    found.refuse(browser, f"{SECURITY}/passkeys/new", name="")
    with found.provider.working():
        started = email_change.ask(_account(ann), "later@example.org", source="192.0.2.1")
        assert isinstance(started, str), started
    found.open(browser, "/account/email/code", f"/account/email/confirm?token={_token(found)}")
    found.refuse(browser, "/account/email/code", code="000000")
    client = found.provider.client(logo_uri="https://rp.example/logo.png", tos_uri="https://rp.example/tos")
    query = request(client, scope="openid profile email offline_access")
    answer = browser.get("/oauth/authorize", query_string=query)
    found.open(browser, answer.location)
    found.open(browser, browser.get("/oauth/logout").location)


def _admin(found: Inventory, ann: Person) -> None:
    browser = found.provider.browser(found.provider.person("root@example.org", is_admin=True))
    client = found.provider.client(client_id="desk")
    found.open(browser, *(f"/admin{path}" for path in ADMIN))
    found.open(
        browser,
        *(
            f"/admin/clients/{client.client_id}{path}"
            for path in ("", "/delete", "/secret", "/secret/end-old", "/provisioning", "/signals")
        ),
    )
    with found.provider.working():
        invited = initial_tokens.create("tea house", uses=1)
        assert isinstance(invited, tuple)
    found.open(browser, f"/admin/registration/{invited[0].id}/revoke")
    found.refuse(browser, "/admin/registration", uses="0", days="none")
    found.open(browser, f"/admin/people/{ann.sub}", f"/admin/people/{ann.sub}/factors/remove")
    found.open(browser, *(f"/admin/people/{ann.sub}/{verb}" for verb in questions.VERBS))
    found.open(browser, *(f"/admin/clients/{client.client_id}/{verb}" for verb in ("disable", "enable")))
    found.open(browser, *(f"/admin/administrators/{ann.sub}/reader/{verb}" for verb in ("give", "withdraw")))
    found.refuse(browser, "/admin/administrators", person="nobody@example.org", role="emperor", until="soon")
    with found.provider.working():
        way_back = break_glass.start("root@example.org")
    assert isinstance(way_back, str)
    found.open(found.provider.browser(), way_back.removeprefix(found.provider.issuer))
    own_session = browser.get(f"/admin/people/{ann.sub}").text.partition("/sessions/")[2].partition("/")[0]
    found.open(browser, f"/admin/people/{ann.sub}/sessions/{own_session}/end")
    found.open(browser, *(f"/admin/policy/{rule}" for rule in ("nobody", "administrators", "everybody")))
    neighbours.ask_providers(found, browser)
    found.refuse(browser, "/admin/clients/new")
    found.refuse(browser, "/admin/audit/retention", days="1")
    found.refuse(browser, "/admin/streams", name="", address="nowhere")
    with found.provider.working():
        stream = streams.create("SIEM", "https://siem.example/events", actor="test")
        assert isinstance(stream, tuple)
        own = f"/admin/streams/{stream[0].id}"
    found.open(browser, own, *(f"{own}/{verb}" for verb in questions.STREAM_VERBS))
    neighbours.bring_people(found, browser, client.client_id)
    neighbours.tell_news(found, browser, client.client_id)
    neighbours.name_apis(found, browser, client.client_id)
    found.refuse(browser, "/admin/policy", required="nonsense")


def _account(person: Person) -> Account:
    account = lookup.find(person.id)
    assert account is not None
    return account


def _token(found: Inventory) -> str:
    """Return the secret of the newest mail that has a link with one."""
    with found.provider.working():
        return [mail for mail in mails.waiting() if "token=" in mail.text][-1].token
