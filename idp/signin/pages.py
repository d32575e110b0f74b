"""What the entrance pages share: the path to continue to, and rendering with the asker and the form's state."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from idp.base.http import is_local_path
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.signin.asker import find_asker
from idp.signin.forms import EntranceForm

Page = Response | tuple[str, int] | tuple[str, int, dict[str, str]] | str


def next_path(default: str | None = None) -> str | None:
    """Return the local path that this page continues to; anything else counts as none."""
    target = request.args.get("next")
    return target if target is not None and is_local_path(target) and len(target.encode()) <= 2000 else default


def with_next(path: str, target: str | None) -> str:
    """Return `path` with the path to continue to."""
    return f"{path}?{urlencode({'next': target})}" if target else path


def show(template: str, form: EntranceForm, *, target: str | None = None, **values: Any) -> Page:
    """Render a form's page: 400 when something is wrong with it, 200 otherwise."""
    status = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    return render(template, form, target=target, **values), status


def render(template: str, form: EntranceForm, *, target: str | None = None, **values: Any) -> str:
    """Return the page of a form."""
    values |= {"asker": find_asker(target), "next_path": target, "with_next": with_next}
    return render_template(template, form=form, has_errors=has_errors(form), **values)


def find_over(target: str | None) -> Page | None:
    """Return the way to the page that says so where what asks has been answered already: nobody signs in for nothing."""
    asker = find_asker(target)
    return go(target) if target is not None and asker is not None and asker.is_over else None


def refuse(page: Page, refused: Refused) -> Page:
    """Answer 429 with the seconds to wait, where a refusal says so; lead to sign-in whoever is signed in no more."""
    if refused.reason is Reason.SIGNED_OUT:
        flash(phrase(refused), "info")
        return go("/signin")
    if refused.retry_after is None or not isinstance(page, tuple):
        return page
    return page[0], HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(refused.retry_after)}


def go(path: str) -> Response:
    """Redirect after a form: 303, so that credentials are never sent on (RFC 9700, section 4.12)."""
    return redirect(path, HTTPStatus.SEE_OTHER)


def has_errors(form: EntranceForm) -> bool:
    """Return whether a form has anything to complain about."""
    return bool(form.form_errors) or any(field.errors for field in form)
