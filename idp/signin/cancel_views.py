"""The way back to the app, for somebody who does not want to go on: a button on every page that comes before an app gets its answer."""

from flask import Blueprint

from idp.base.http import limited
from idp.signin import asker
from idp.signin.pages import Page, go, next_path, with_next

bp = Blueprint("cancel", __name__)


@bp.post("/signin/cancel")
@limited("60 per minute")
def answer_cancel() -> Page:
    """Answer whoever waits behind the path to continue to that the person does not want to; where nobody does, there is only sign-in."""
    target = next_path()
    answer = asker.refuse(target)
    return answer if answer is not None else go(with_next("/signin", target))
