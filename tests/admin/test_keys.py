"""The signing keys' page: what it shows, and a rotation that is asked for first and done once."""

from datetime import timedelta

import pytest
from flask import Flask

from idp import create_app, keys
from idp.base import clock
from idp.config import Settings
from tests.admin.conftest import Visitor
from tests.conftest import dispose
from tests.factories import Provider


@pytest.fixture(autouse=True)
def _with_keys(app: Flask) -> None:
    with app.app_context():
        keys.ensure()


def slots(app: Flask) -> dict[str | None, str]:
    """Return the kid in each slot."""
    with app.app_context():
        return {key.slot: key.kid for key in keys.listing()}


def test_the_keys_are_rotated(app: Flask, admin: Visitor) -> None:
    """The page asks first; then the next keys sign, new ones are published, and the audit log says who did it."""
    before = slots(app)
    assert "8 keys" in admin.text("/admin/keys")
    assert admin.get("/admin/keys/rotate").status_code == 200
    assert slots(app) == before
    answer = admin.send("/admin/keys/rotate", algorithms=list(keys.ALGORITHMS))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/keys")
    after = slots(app)
    assert all(after[f"{name}/current"] == before[f"{name}/next"] for name in keys.ALGORITHMS)
    page = admin.text("/admin/keys")
    assert "12 keys" in page
    assert "The keys are rotated" in page
    assert "admin@example.com" in admin.text("/admin/audit?q=keys.rotated")


def test_a_form_that_is_sent_twice_rotates_once(app: Flask, admin: Visitor) -> None:
    """A double click, a reload, or a page from before another rotation changes nothing more, and says so."""
    form: dict[str, object] = {**admin.fields("/admin/keys/rotate"), "algorithms": list(keys.ALGORITHMS)}
    for number in range(2):
        answer = admin.client.post("/admin/keys/rotate", data=form)
        assert answer.status_code == 303
        if number == 0:
            after = slots(app)
    assert slots(app) == after
    page = admin.text("/admin/keys")
    assert "rotated already" in page
    assert "12 keys" in page
    admin.client.post("/admin/keys/rotate", data=form | {"ticket": "made up"})
    assert slots(app) == after


def test_the_page_says_when_a_rotation_is_due(app: Flask, admin: Visitor) -> None:
    """Ages and the day of the next rotation by age are shown; young next keys are warned of."""
    with app.app_context():
        due = min(pair.due_at for pair in keys.pairs().values())
    page = admin.text("/admin/keys")
    assert due.isoformat(timespec="seconds") in page
    assert "A key signs for 90 days" in page
    assert due > clock.now() + timedelta(days=89)
    assert "less than a day ago" in admin.text("/admin/keys/rotate")


def test_single_algorithms_are_rotated(app: Flask, admin: Visitor) -> None:
    """Only the keys of the chosen algorithms rotate, the audit log names them, and none chosen is asked for again."""
    before = slots(app)
    assert admin.text("/admin/keys/rotate").count("checked") == len(keys.ALGORITHMS)
    refused = admin.send("/admin/keys/rotate")
    assert refused.status_code == 400
    assert "Choose at least one algorithm." in refused.get_data(as_text=True)
    assert admin.send("/admin/keys/rotate", algorithms=["HS256"]).status_code == 400
    assert slots(app) == before
    assert admin.send("/admin/keys/rotate", algorithms=["RS256", "ES256"]).status_code == 303
    after = slots(app)
    for name in keys.ALGORITHMS:
        is_chosen = name in {"RS256", "ES256"}
        assert (after[f"{name}/current"] == before[f"{name}/next"]) is is_chosen
        assert (after[f"{name}/current"] == before[f"{name}/current"]) is not is_chosen
    assert "algorithms=ES256 RS256" in admin.text(
        "/admin/audit?q=keys.rotated"
    ) or "algorithms=RS256 ES256" in admin.text("/admin/audit?q=keys.rotated")


def test_a_switched_off_algorithm_is_shown_as_such(settings: Settings, provider: Provider) -> None:
    """Its keys stand as switched off, it cannot be rotated, and a client that is registered for it shows it until another is chosen."""
    client = provider.client(id_token_signed_response_alg="EdDSA")
    fewer = create_app(settings.model_copy(update={"signing_algorithms": "RS256,ES256"}))
    try:
        person = Provider(fewer).person("root@example.org", is_admin=True)
        visitor = Visitor(Provider(fewer).browser(person).http, person.sub, person.email)
        assert visitor.text("/admin/keys").count("Switched off") == 4
        asked = visitor.text("/admin/keys/rotate")
        assert 'value="ES256"' in asked
        assert "EdDSA" not in asked
        page = visitor.text(f"/admin/clients/{client.client_id}")
        assert "EdDSA: switched off, RS256 in its place" in page
        assert '<option selected value="EdDSA">' in page
    finally:
        dispose(fewer)
