"""The forms of acts upon many people: whom they are about, and what is done. What is not allowed is said by `jobs.service`."""

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Optional

from idp.admin import paging
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.jobs.selection import MOST_LISTED, Selection
from idp.signin.forms import EntranceForm

LISTED, FOUND = "listed", "found"


class JobForm(EntranceForm):
    """An act upon many people."""

    group = StringField(_l("Group"), [Optional()], description=_l("Its path, such as /eng/backend."))

    def show_refusal(self, refused: Refused) -> None:
        """Show at its field, or above the form, why there is no job."""
        message = refused.detail or phrase(refused)
        if refused.field == "group":
            self.group.errors = [*self.group.errors, message]
        else:
            self.form_errors.append(message)


def read_selection() -> Selection:
    """Return whom a request is about: the people it names, or with `whom=found` everybody whom its search finds."""
    asked = request.values
    if asked.get("whom") == FOUND:
        return Selection(term=asked.get("q", "").strip()[: paging.LONGEST_TERM])
    return Selection(tuple(dict.fromkeys(asked.getlist("who")))[: MOST_LISTED + 1])
