"""Page: /admin/clients/<client_id>/test, to try a client without its application: its request, explained, and every message after it.

What is wrong is found by the checks of the protocol (`oauth.trial`); nothing that is issued on the way can be used by anybody.
"""

from http import HTTPStatus

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import Length, Optional

from idp import audit
from idp.admin import guard
from idp.admin.clients import crumbs, find, path
from idp.admin.guard import administers
from idp.admin.navigation import actor, administrator, show
from idp.base.http import limited, source
from idp.clients import service
from idp.clients.models import Client
from idp.oauth import trial
from idp.oauth.trial import Explanation, Step
from idp.signin import login
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, has_errors

bp = Blueprint("trial", __name__, url_prefix="/clients")
LONGEST = 40_000  # characters of an address


class TrialForm(EntranceForm):
    """An authorization request that somebody copied out of a browser's bar."""

    address = TextAreaField(
        _l("An authorization request of the app"),
        [Optional(), Length(max=LONGEST, message=_l("That is too long for an address."))],
        description=_l(
            "Copy it out of the browser's bar when the app sends somebody here. Left empty, one is made of the settings."
        ),
    )


@bp.get("/<client_id>/test")
@administers("clients.write", or_owner=True)
def show_test(client_id: str) -> Page:
    """Show the form that starts the walk."""
    return _show(find(client_id), TrialForm(formdata=None))


@bp.post("/<client_id>/test")
@limited("20 per minute")
@administers("clients.write", or_owner=True)
def answer_test(client_id: str) -> Page:
    """Explain a request and go through what follows from it, as the administrator who asks; all of it is taken back."""
    row, form = find(client_id), TrialForm()
    if not form.validate_on_submit():
        return _show(row, form)
    client = service.parse(row)
    typed = form.text("address").strip()
    pairs, odd = trial.read_address(typed) if typed else (trial.begin(client), None)
    if not pairs:
        form.address.errors = [odd or ""]
        return _show(row, form)
    steps = trial.look_at_registration(client)
    is_service = not typed and not client.metadata.allowed_response_types
    explained = None if is_service else trial.explain(pairs, client)
    guard.hold_still("clients.write", client_id)  # keys and request objects may have been fetched meanwhile
    if all(step.outcome != trial.WRONG for step in steps):
        if explained is None:
            steps += trial.walk_service(client)
        elif explained.asked is not None:
            steps += trial.walk(explained.asked, login.token(), administrator(), source=source())
    is_good = (explained is None or explained.is_good) and all(step.outcome != trial.WRONG for step in steps)
    audit.record("client.tested", client_id=client_id, actor=actor(), pasted=bool(typed), works=is_good)
    return _show(find(client_id), form, explained=explained, steps=steps, odd=odd, is_good=is_good)


def _show(
    client: Client,
    form: TrialForm,
    *,
    explained: Explanation | None = None,
    steps: list[Step] | None = None,
    odd: str | None = None,
    is_good: bool = False,
) -> Page:
    return show(
        "client_test.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        client=client,
        form=form,
        members=explained.members if explained is not None else [],
        steps=steps or [],
        odd=odd,
        is_good=is_good,
        cancel=path(client),
        crumbs=crumbs(client),
        has_errors=has_errors(form),
    )
