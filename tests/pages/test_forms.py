"""How every form of the house is built (docs/ux.md): for people, password managers and assistive technology."""

from flask import Flask

from tests.pages.inventory import Inventory
from tests.pages.reading import Element, Page

# What is no page for people, or a page without anything to decide: programs' addresses, redirects, files, errors, public pages.
NO_PAGES = {
    "static",
    "signin.show_home",
    "signin.change_password",
    "second_factor.show_options",
    "own_passkeys.show_options",
}
# Sends a browser on, or is an error page, which tests/journeys/test_no_cookies.py looks at.
NO_PAGES |= {"check_cookies"}
NO_PAGES |= {
    "upstream.finish",
    "upstream.show_icon",
    "device.show_qr",
    "oauth.show_logo",
    "accents.show_sheet",
    "admin.branding.show_typed_logo",
    "usernames.show_public",
    "own_email.show_undone",
}
NO_PAGES |= {"openapi.show_document", "openapi.show_docs", "registration.show_registration"}
PROGRAMS = (
    "fedcm.",
    "oauth.",
    "other_issuers.",
    "contract_",
    "health.",
    "authorize.authorize",
    "authorize.resume",
    "logout.logout",
    "scim.",
    "api_",
)
NAMES = {"username", "email", "given_name", "family_name", "name", "client_name"}
MAIN_FIELDS = {
    "/signin": [("username", "username"), ("password", "password")],
    "/signup": [(name, name) for name in ("email", "password", "username", "given_name", "family_name")],
    "/reset": [("email", "email")],
    "/reset/code": [("code", "code")],
    "/verify": [("code", "code")],
    "/signin/code": [("code", "code")],
    "/account/email": [("email", "email")],
    "/account/email/code": [("code", "code")],
    "/account/password": [("current_password", "current_password"), ("new_password", "new_password")],
}


def labels_of(page: Page, control: Element) -> list[Element]:
    """Return the labels that name a control."""
    return [label for label in page.all("label") if label["for"] == control["id"]]


def passwords(page: Page) -> list[Element]:
    """Return the fields for passwords."""
    return page.of_type("password")


def test_no_page_is_left_out(house: Inventory) -> None:
    """Every address of the house that shows people a page is looked at by the tests of this folder."""
    app: Flask = house.provider.app
    routes = app.url_map.bind("localhost")
    seen = {routes.match(path.partition("?")[0], "GET")[0] for path in house.pages}
    shown = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert {name for name in shown - seen - NO_PAGES if not name.startswith(PROGRAMS)} == set()


def test_forms_are_forms(house: Inventory) -> None:
    """What people fill in stands in a form that has a button of its own, with a name that says what it does (ux.md 1)."""
    for page in house.all:
        for control in page.controls:
            assert control.within("form") is not None, f"{page.name}: {control['name']} stands in no form"
        for form in page.all("form"):
            of_form = {id(element) for element in form.walk()}
            buttons = [b for b in page.all("button") if id(b) in of_form or (b["form"] and b["form"] == form["id"])]
            assert {"submit"} & {button["type"] for button in buttons}, f"{page.name}: a form without a button"
            assert all(button.text or button["aria-label"] for button in buttons), page.name


def test_labels_stand_above_their_fields(house: Inventory) -> None:
    """Every field has one label of its own, before it unless it is ticked; nothing leans on a placeholder (ux.md 2)."""
    for page in house.all:
        for control in page.controls:
            where = f"{page.name}: {control['name']}"
            (label,) = labels_of(page, control)
            assert label.text, where
            assert (label.place < control.place) or control["type"] in {"checkbox", "radio"}, where
            assert not control["placeholder"], where


def test_names_of_fields_are_stable(house: Inventory) -> None:
    """Identifiers are there once, every field has one and a name, and those that managers know are the same ones always (ux.md 3)."""
    for page in house.all:
        identifiers = [element["id"] for element in page.elements if element["id"]]
        assert len(identifiers) == len(set(identifiers)), page.name
        assert all(control["id"] and control["name"] for control in page.controls), page.name
    for path, expected in MAIN_FIELDS.items():
        assert [(control["id"], control["name"]) for control in house.pages[path].controls] == expected


def test_sign_in_offers_names_and_passkeys(house: Inventory) -> None:
    """The name's field of the sign-in lets browsers offer stored names and passkeys alike (ux.md 4)."""
    assert house.pages["/signin"].by_id("username")["autocomplete"] == "username webauthn"


def test_addresses_are_typed_as_addresses(house: Inventory) -> None:
    """Every field for an address of a person has the type and the purpose of one (ux.md 5); a reset takes usernames as well."""
    pages = [page for page in house.all if "/reset" not in page.name]
    fields = [control for page in pages for control in page.controls if control["name"] == "email"]
    assert len(fields) > 5
    assert house.pages["/reset"].by_id("email")["autocomplete"] == "username"
    assert {(control["type"], control["autocomplete"]) for control in fields} == {("email", "email")}


def test_managers_know_old_passwords_from_new_ones(house: Inventory) -> None:
    """Each password says whether it is the present one or a new one; a page asks for each at most once (ux.md 6, 13)."""
    for page in house.all:
        kinds = [set(control.tokens) & {"current-password", "new-password"} for control in passwords(page)]
        assert all(len(kind) == 1 for kind in kinds), page.name
        assert len(kinds) == len({kind.pop() for kind in kinds}), f"{page.name} asks for a password twice"
        assert len(page.of_type("email")) <= 1, f"{page.name} asks for an address twice"
    asking = {path: [c for c in passwords(page) if "new-password" in c.tokens] for path, page in house.pages.items()}
    new = {path.partition("?")[0] for path, controls in asking.items() if controls}
    assert new == {"/setup", "/signup", "/invitation", "/reset/password", "/account/password", "/break-glass"}


def test_password_forms_say_whose_password_it_is(house: Inventory) -> None:
    """A form with a password has the name that belongs to it, hidden where nobody types it (ux.md 7)."""
    for page in house.all:
        for control in passwords(page):
            form = control.within("form")
            assert form is not None
            named = [e for e in form.walk() if e.tag == "input" and {"username", "email"} & set(e.tokens)]
            assert len(named) == 1, f"{page.name} has {len(named)} names"
            assert named[0]["value"] or "hidden" not in named[0].attributes, page.name


def test_codes_are_typed_into_one_field(house: Inventory) -> None:
    """A code has one field, of plain text, that offers digits and what was just received (ux.md 8, 9)."""
    pages = [page for page in house.all if page.codes]
    assert len({page.title for page in pages}) > 5
    for page in pages:
        (control,) = page.codes
        takes_letters = "recovery=1" in page.name
        expected = ("text", "" if takes_letters else "numeric", "one-time-code")
        assert (control["type"], control["inputmode"], control["autocomplete"]) == expected, page.name


def test_a_new_code_is_always_asked_for_in_the_same_place(house: Inventory) -> None:
    """Wherever a mailed code is typed, a button right behind that form sends another one (ux.md 10)."""
    for path in ("/verify", "/reset/code", "/account/email/code"):
        for page in (house.pages[path], house.refused[path]):
            first, second, *_others = page.all("form")
            assert page.codes[0].within("form") is first
            assert page.by_id("resend-submit").within("form") is second
            assert page.by_id("resend-submit").text == "Send a new code"


def test_a_half_finished_sign_in_tells_no_address(house: Inventory) -> None:
    """Who knows a name and the password only does not learn the account's address from the page for the code (ux.md 12)."""
    for path in ("/signin/code", "/signin/code?recovery=1"):
        assert "bob@example.org" not in house.pages[path].html
    assert "bob@example.org" not in house.refused["/signin/code"].html


def test_browsers_do_not_correct_names_and_secrets(house: Inventory) -> None:
    """Nothing is capitalised or spell-checked in usernames, addresses, passwords and codes (ux.md 15)."""
    for page in house.all:
        exact = [*page.of_type("email"), *passwords(page), *page.codes]
        for control in [*exact, *(c for c in page.controls if c["name"] == "username")]:
            where = f"{page.name}: {control['name']}"
            assert (control["spellcheck"], control["autocapitalize"]) == ("false", "none"), where


def test_nothing_is_cut_off_while_typing(house: Inventory) -> None:
    """No field has a length of its own or refuses what is pasted: the server says what is too long (ux.md 16)."""
    for page in house.all:
        for control in page.controls:
            assert not {"maxlength", "onpaste", "readonly"} & control.attributes.keys(), (
                f"{page.name}: {control['name']}"
            )


def test_rules_are_told_before_anything_is_typed(house: Inventory) -> None:
    """The field of a new password, of a code and of a new username is described by a hint with its rules (ux.md 17)."""
    for path, page in house.pages.items():
        ruled = [c for c in passwords(page) if "new-password" in c.tokens] + page.codes
        if path in {"/signup", "/auth/username"}:
            ruled.append(page.by_id("username"))
        for control in ruled:
            hints = [page.by_id(name).text for name in control["aria-describedby"].split()]
            assert any(hints), f"{page.name}: {control['name']}"


def test_what_is_optional_is_said_once(house: Inventory) -> None:
    """A label says "optional" once, where its field is."""
    for page in house.all:
        assert [label.text for label in page.all("label") if label.text.lower().count("optional") > 1] == [], page.name


def test_the_server_decides(house: Inventory) -> None:
    """No form is checked by the browser, whose messages come one at a time and in its own words (ux.md 23)."""
    for page in house.all:
        posted = [form for form in page.all("form") if form["method"] == "post"]
        assert all("novalidate" in form.attributes for form in posted), page.name


def test_titles_are_headings(house: Inventory) -> None:
    """A page has one heading of the first level, its title is the same, and pages of another kind have others (ux.md 24)."""
    by_title: dict[str, set[str]] = {}
    routes = house.provider.app.url_map.bind("localhost")
    for path, page in house.pages.items():
        assert page.title == page.one("h1").text, page.name
        by_title.setdefault(page.title, set()).add(routes.match(path.partition("?")[0], "GET")[0])
    shared = {title for title, views in by_title.items() if len(views) > 1}
    # The steps of one task: begun and shown, by code and by link, asked by us and by an application.
    assert shared == {"Add an authenticator app", "Confirm your new address", "Sign out?"}


def test_pages_tell_their_language(house: Inventory) -> None:
    """Every page says in which language and direction it is written (ux.md 28)."""
    for page in house.all:
        root = page.one("html")
        assert (root["lang"], root["dir"]) == ("en", "ltr"), page.name


def test_nobody_has_to_solve_anything(house: Inventory) -> None:
    """No page shows a puzzle, asks for a hint or a secret question, or asks to copy by hand what is on it (ux.md 30; item 13)."""
    words = ("captcha", "puzzle", "robot", "security question", "secret question", "maiden", "password hint")
    for page in house.all:
        shown = page.html.replace('name="robots"', "").lower()
        assert not [word for word in words if word in shown], page.name
        assert not [c["name"] for c in page.controls if {"hint", "question", "answer"} & set(c["name"].split("_"))]


def test_an_application_that_signs_out_is_named(house: Inventory) -> None:
    """The question before signing out says which application asks, where one does (ux.md 34)."""
    client = house.provider.client(client_name="Tea House")
    browser = house.browsers["/oauth/logout/confirm"]
    asked = browser.get("/oauth/logout", query_string={"client_id": client.client_id}).location
    assert "Tea House asks to sign you out" in Page(asked, browser.get(asked).text).one("main").text
    assert "asks to sign you out" not in house.pages["/oauth/logout/confirm"].html
