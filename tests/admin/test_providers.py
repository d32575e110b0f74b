"""The pages of upstream providers: set up, tried, changed by two at once, disabled, and deleted with what goes along."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import commit, session
from idp.federation import catalogue
from idp.federation.models import UpstreamIdentity, UpstreamProvider
from tests.admin.conftest import Making, Visitor
from tests.factories import Provider
from tests.federation import stand_in
from tests.federation.stand_in import CLIENT_ID, CLIENT_SECRET, StandIn
from tests.groups.making import group
from tests.pages.reading import Page

PAGE = "/admin/providers"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'
FIELDS = {
    "key": "corp",
    "display_name": "Corp",
    "issuer": "https://id.corp.example",
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "token_endpoint_auth_method": "client_secret_basic",
    "scope": "openid  email",
    "use_pkce": "y",
    "who_may_link": "anybody",
    "create_accounts": "y",
    "trust_email": "y",
    "claim_subject": "sub",
    "claim_email": "email",
    "position": "10",
}
OAUTH = {
    "issuer": "",
    "authorization_endpoint": "https://forge.example/authorize",
    "token_endpoint": "https://forge.example/token",
    "userinfo_endpoint": "https://forge.example/user",
    "scope": "",
}


@pytest.fixture
def settings(settings: Any) -> Any:
    """A server that may fetch from loopback, where the stand-in is."""
    settings.allow_private_fetch = True
    return settings


@pytest.fixture(scope="module")
def _stand() -> Iterator[StandIn]:
    with stand_in.running() as stand:
        yield stand


@pytest.fixture
def stand(_stand: StandIn) -> StandIn:
    """A provider to try."""
    _stand.reset()
    return _stand


def find(app: Flask, key: str = "corp") -> dict[str, Any]:
    """Return what is told of a provider."""
    with app.app_context():
        row = catalogue.get(key)
        assert row is not None
        return catalogue.describe(row)


def errors(text: str) -> dict[str, str]:
    """Return the sentence at each field that is wrong."""
    found = [element for element in Page("form", text).elements if (element["id"] or "").endswith("-error")]
    return {element["id"].removesuffix("-error"): element.text.removeprefix("Error: ") for element in found}


def test_a_provider_is_set_up(app: Flask, admin: Visitor) -> None:
    """The form makes a provider, leads to its page with the redirect URI, and shows the secret nowhere; the maker is recorded."""
    answer = admin.send(f"{PAGE}/new", **FIELDS)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}/corp")
    page = admin.text(f"{PAGE}/corp")
    assert "/signin/upstream/corp/callback" in page
    assert CLIENT_SECRET not in page
    told = find(app)
    assert (told["scope"], told["has_client_secret"], told["claims"]) == (
        "openid email", True, {"subject": "sub", "email": "email"},
    )  # fmt: skip
    assert "Corp" in admin.text(PAGE)
    with app.app_context():
        event = session().scalars(select(AuditEvent).where(AuditEvent.event == "provider.created")).one()
        assert event.actor == admin.sub


def test_groups_by_its_word(app: Flask, admin: Visitor) -> None:
    """Groups are mapped line by line, shown as the paths are now, changed with before and after in the log, and refused at their field."""
    with Provider(app).working():
        group("/Eng")
    fields = FIELDS | {"claim_groups": "groups"}
    answer = admin.send(f"{PAGE}/new", **fields, group_mapping="engineers=/eng\nnight = /nowhere")
    assert errors(answer.text) == {"group_mapping": "There is no group /nowhere. Enter its path, such as /eng/backend."}
    assert admin.send(f"{PAGE}/new", **fields, group_mapping="engineers=/eng\n").status_code == 303
    assert "engineers = /Eng" in admin.text(f"{PAGE}/corp")
    assert admin.send(f"{PAGE}/corp", **(fields | {"client_secret": ""}), group_mapping="").status_code == 303
    assert find(app)["group_mapping"] == []
    with app.app_context():
        event = session().scalars(select(AuditEvent).where(AuditEvent.event == "provider.changed")).one()
        assert event.changes == {"group_mapping": [["engineers = /Eng"], []]}


def test_plain_oauth_is_set_up(app: Flask, admin: Visitor) -> None:
    """The other kind asks for three addresses, and has no issuer."""
    page = admin.text(f"{PAGE}/new?kind=oauth2")
    assert 'name="issuer"' not in page
    answer = admin.send(f"{PAGE}/new?kind=oauth2", **(FIELDS | OAUTH))
    assert answer.status_code == 303, errors(answer.text)
    assert find(app)["kind"] == "oauth2"


@pytest.mark.parametrize(
    ("fields", "member", "sentence"),
    [
        ({"key": "Corp!"}, "key", "Use 1 to 32 small letters"),
        ({"display_name": ""}, "display_name", "Enter a name"),
        ({"issuer": "http://id.corp.example"}, "issuer", "https"),
        ({"client_id": ""}, "client_id", "Enter the client identifier"),
        ({"client_secret": ""}, "client_secret", "Enter the secret"),
        ({"token_endpoint_auth_method": "magic"}, "token_endpoint_auth_method", "Choose from what is offered."),
        ({"scope": "email"}, "scope", "“openid”"),
        ({"who_may_link": "cats"}, "who_may_link", "Choose from what is offered."),
        ({"who_may_link": "domains", "link_domains": ""}, "link_domains", "at least one domain"),
        ({"only_domains": "not a domain!"}, "only_domains", "is no domain"),
        ({"claim_subject": ""}, "claim_subject", "names somebody for good"),
        ({"claim_groups": "a b"}, "claim_groups", "no spaces"),
        ({"icon": "skull"}, "icon", "Choose from what is offered."),
        ({"icon": "own"}, "icon", "Give the picture"),
        ({"icon": "own", "icon_source": SVG.replace("<path", "<script/><path")}, "icon", "“script”"),
        ({"icon": "own", "icon_source": "data:image/png;base64,?"}, "icon_source", "no base64"),
        ({"icon": "own", "icon_source": "https://127.0.0.1:1/x.png"}, "icon_source", "could not be fetched"),
        ({"position": "first"}, "position", "Enter a whole number"),
        ({"position": "5000"}, "position", "whole number from -1000"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    app: Flask, admin: Visitor, fields: dict[str, str], member: str, sentence: str
) -> None:
    """Each member's mistake is 400 with a sentence at the field; what was typed stays, but for the secret, and nothing is made."""
    answer = admin.send(f"{PAGE}/new", **(FIELDS | fields))
    assert answer.status_code == 400
    told = errors(answer.text)
    assert sentence in told[member], told
    assert CLIENT_SECRET not in answer.text
    assert fields.get("client_id", CLIENT_ID) in answer.text
    with app.app_context():
        assert session().scalars(catalogue.search()).all() == []


def test_settings_are_changed(app: Flask, admin: Visitor) -> None:
    """A change keeps the secret where none is typed, takes another where one is, and shows an icon of its own."""
    admin.send(f"{PAGE}/new", **FIELDS)
    change = FIELDS | {"client_secret": "", "display_name": "Head Office", "icon": "own", "icon_source": SVG}
    answer = admin.send(f"{PAGE}/corp", **change)
    assert answer.status_code == 303, errors(answer.text)
    told = find(app)
    assert (told["display_name"], told["icon"][:4], told["has_client_secret"]) == ("Head Office", "own:", True)
    assert "/signin/upstream/corp/icon?v=" in app.test_client().get("/signin").text
    admin.send(f"{PAGE}/corp", **(change | {"client_secret": "renewed", "icon_source": ""}))
    assert find(app)["icon"] == told["icon"]
    with app.app_context():
        row = catalogue.get("corp")
        assert row is not None
        assert catalogue.secret_of(row) == "renewed"


def test_the_second_of_two_editors_is_told(app: Flask, admin: Visitor, add_account: Making, sign_in: Any) -> None:
    """Who saves what somebody else has changed meanwhile loses nothing: both are shown side by side, and the next save counts."""
    admin.send(f"{PAGE}/new", **FIELDS)
    other = sign_in(add_account("other@example.com", admin=True))
    seen = admin.fields(f"{PAGE}/corp")
    other.send(f"{PAGE}/corp", **(FIELDS | {"client_secret": "", "display_name": "Other"}))
    mine = FIELDS | {"client_secret": "", "display_name": "Mine"}
    answer = admin.client.post(f"{PAGE}/corp", data=seen | mine, headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert "Somebody else has changed this provider" in answer.text
    text = Page("provider", answer.text)
    assert {"Other", "Mine"} <= {element.text for element in text.elements}
    assert find(app)["display_name"] == "Other"
    version = unescape(answer.text.partition('name="version"')[2].partition('value="')[2].partition('"')[0])
    again = admin.client.post(f"{PAGE}/corp", data=seen | mine | {"version": version}, headers={"Accept": "text/html"})
    assert again.status_code == 303
    assert find(app)["display_name"] == "Mine"


def test_a_lockout_is_asked_about(app: Flask, admin: Visitor) -> None:
    """Who would lock themselves out is told so, and finds a box to tick."""
    admin.send(f"{PAGE}/new", **FIELDS)
    change = FIELDS | {"client_secret": "", "only_domains": "example.com"}
    answer = admin.send(f"{PAGE}/corp", **change)
    assert answer.status_code == 400
    assert "admin@example.com" in errors(answer.text)["accept_lockout"]
    assert find(app)["only_domains"] == []
    assert admin.send(f"{PAGE}/corp", **(change | {"accept_lockout": "y"})).status_code == 303
    assert find(app)["only_domains"] == ["example.com"]
    admin.send(f"{PAGE}/corp/disable")
    assert "admin@example.com" in admin.text(f"{PAGE}/corp/enable")
    admin.send(f"{PAGE}/corp/enable")
    assert find(app)["enabled"] is True


def test_deleting_tells_what_goes_along(app: Flask, admin: Visitor) -> None:
    """Where people are linked the page says how many, and deletes only with their identities ticked."""
    admin.send(f"{PAGE}/new", **FIELDS)
    with app.app_context():
        now = clock.now()
        session().add(UpstreamIdentity(account_id=1, provider="corp", subject="7", linked_at=now))
        commit()
    assert "1 identity is linked" in admin.text(f"{PAGE}/corp/delete")
    answer = admin.send(f"{PAGE}/corp/delete")
    assert answer.status_code == 400
    assert "disable it instead" in errors(answer.text)["with_identities"]
    assert admin.send(f"{PAGE}/corp/delete", with_identities="y").headers["Location"] == PAGE
    with app.app_context():
        assert session().scalars(select(UpstreamIdentity)).all() == []
        assert session().scalars(select(UpstreamProvider)).all() == []
    assert admin.get(f"{PAGE}/corp").status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "The provider answers as it should"),
        ({"issuer": "{url}/nowhere"}, "it answered 401. Is the issuer right?"),
        ({"issuer": "{url}/"}, "They must be the same, letter by letter."),
        ({"issuer": "https://127.0.0.1:1"}, "nothing came"),
        ({"client_secret": "a wrong one"}, "client identifier or secret is not right"),
        ({"token_endpoint_auth_method": "client_secret_post"}, "and here stands client_secret_post"),
    ],
)
def test_trying_says_what_is_wrong(
    app: Flask, admin: Visitor, stand: StandIn, changes: dict[str, str], sentence: str
) -> None:
    """Each step is shown with what came of it, in plain words; nothing is asked that would sign somebody in."""
    stand.is_strict = True
    changes = {name: value.format(url=stand.url) for name, value in changes.items()}
    made = admin.send(f"{PAGE}/new", **(FIELDS | {"issuer": stand.url} | changes))
    assert made.status_code == 303, errors(made.text)
    answer = admin.send(f"{PAGE}/corp", to=f"{PAGE}/corp/try")
    assert answer.status_code == 200
    assert sentence in unescape(answer.text), answer.text
    assert stand.tokens == {}


def test_trying_keys_that_are_none(app: Flask, admin: Visitor, stand: StandIn) -> None:
    """A key set without a usable key is named."""
    stand.published = []
    admin.send(f"{PAGE}/new", **(FIELDS | {"issuer": stand.url}))
    answer = admin.send(f"{PAGE}/corp", to=f"{PAGE}/corp/try")
    assert "has no key that could be used here" in answer.text


def test_nobody_else_gets_there(app: Flask, admin: Visitor, add_account: Making, sign_in: Any) -> None:
    """Somebody without administrator rights is refused, at every page and act."""
    admin.send(f"{PAGE}/new", **FIELDS)
    visitor = sign_in(add_account("eve@example.com"))
    for path in ("", "/new", "/corp", "/corp/delete", "/corp/disable"):
        assert visitor.get(f"{PAGE}{path}").status_code == 403
    form = visitor.fields("/account")
    for path in ("/new", "/corp", "/corp/try", "/corp/disable", "/corp/enable", "/corp/delete"):
        assert visitor.client.post(f"{PAGE}{path}", data=form).status_code == 403, path
    assert find(app)["enabled"] is True
