"""Page: /admin/sign-up, who may get an account by themselves. The rules live in `accounts.admission`."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import InputRequired, Optional

from idp import policies
from idp.accounts import lookup
from idp.accounts.admission import domains, service
from idp.accounts.admission.rules import RULE, Mode, Rules, read, write
from idp.admin import editing
from idp.admin.fields import RadioField
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base.http import limited
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.policies import Policy
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("sign_up_policy", __name__, url_prefix="/sign-up")


class SignUpPolicyForm(EntranceForm):
    """Who may sign up, and from which domains."""

    seen = HiddenField()
    mode = RadioField(_l("Who may sign up"), [InputRequired(_l("Choose one."))], choices=service.words)
    allow = TextAreaField(
        _l("Allowed domains"),
        [Optional()],
        description=_l("One a line: example.com for its own addresses, *.example.com for those of domains below it."),
    )
    deny = TextAreaField(
        _l("Denied domains"),
        [Optional()],
        description=_l("In the same way. What is denied is denied also where it is allowed."),
    )
    refuse_disposable = BooleanField(
        _l("Refuse disposable addresses"),
        description=_l("Those of services that throw mail away after a while, by a list that comes with each release."),
    )

    def fill(self, rules: Rules) -> None:
        """Show a policy."""
        self.mode.data = rules.mode.value
        self.allow.data, self.deny.data = "\n".join(sorted(rules.allow)), "\n".join(sorted(rules.deny))
        self.refuse_disposable.data = rules.refuse_disposable

    def rules(self) -> Rules:
        """Return the policy that the form asks for."""
        allow, deny = (frozenset(domains.read(self.text(name))) for name in ("allow", "deny"))
        return Rules(Mode(self.mode.data), allow, deny, bool(self.refuse_disposable.data))

    def show_refusals(self, refusals: list[Refused]) -> None:
        """Show at its field what is wrong with the policy."""
        for refused in refusals:
            field = self[refused.field or "mode"]
            field.errors = [*field.errors, refused.detail or phrase(refused)]


@bp.get("")
@administers("policy.read")
def show_policy() -> Page:
    """Show who may sign up."""
    present, decided = policies.look(RULE)
    return _show(_form_of(present, present), present, decided)


@bp.post("")
@limited("30 per minute")
@administers("policy.write")
def answer_policy() -> Page:
    """Decide who may sign up, unless somebody else has decided since the form was opened: then the two are compared."""
    form = SignUpPolicyForm()
    if not form.validate_on_submit():
        return _show(form, *policies.look(RULE))
    yours, present = form.rules(), policies.hold(RULE)
    seen = editing.begun_with(form.text("seen"))
    if seen != write(present) and yours != present:
        return _show_conflict(seen, yours)
    refusals = service.put(yours, actor=actor())
    if refusals:
        form.show_refusals(refusals)
        return _show(form, *policies.look(RULE))
    flash(_("The sign-up policy is saved."), "success")
    return go(service.PAGE)


def _form_of(rules: Rules, present: Rules) -> SignUpPolicyForm:
    form = SignUpPolicyForm(formdata=None)
    form.fill(rules)
    form.seen.data = editing.begin(write(present))
    return form


def _show_conflict(seen: editing.Values | None, yours: Rules) -> Page:
    """Show what somebody else has decided meanwhile; the form has what was changed here, and elsewhere what the other saved."""
    if seen is None:
        editing.note_expired()
    present, decided = policies.look(RULE)
    theirs, own = write(present), write(yours)
    before = seen or theirs
    differences = editing.compare(
        _in_words(before), _in_words(theirs), _in_words(own), editing.labels_of(SignUpPolicyForm(formdata=None))
    )
    form = _form_of(read(editing.merge(before, theirs, own)), present)
    return _show(form, present, decided, status=HTTPStatus.CONFLICT, differences=differences)


def _in_words(values: editing.Values) -> dict[str, Any]:
    return {**values, "mode": service.words()[values["mode"]]}


def _show(
    form: SignUpPolicyForm, present: Rules, decided: Policy | None, *, status: int | None = None, **more: Any
) -> Page:
    wrong = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    return show(
        "sign_up.html",
        status=wrong if status is None else status,
        form=form,
        has_errors=has_errors(form),
        present=_in_words(write(present)),
        decided=decided,
        names=lookup.names_of([decided.changed_by]) if decided is not None else {},
        **more,
    )
