"""The forms of the audit log: what is searched for, as what it is exported, and for how long events are kept."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import StringField
from wtforms.validators import Optional, StopValidation

from idp.admin import audit_filters
from idp.admin.fields import IntegerField, RadioField, SelectField
from idp.audit import FAILURE, SUCCESS
from idp.base.outcome import Refused
from idp.signin.forms import EntranceForm
from idp.trail import exporting, retention
from idp.trail.searching import Filters

LONGEST_TERM = 200


def _check_time(_form: Any, field: Any) -> None:
    typed = (field.data or "").strip()
    if typed and audit_filters.read_instant(typed) is None:
        raise StopValidation(_l("Enter a day such as 2026-11-29, or a time such as 2026-11-29 14:30, in UTC."))


class SearchForm(EntranceForm):
    """What is searched for. All of it stands in the address, so that a search can be kept and passed on."""

    class Meta:
        """No token: looking changes nothing."""

        csrf = False

    who = StringField(_l("Person"), description=_l("Address, username or sub of whom it is about or who did it"))
    what = StringField(_l("Event"), description=_l("Its name, or a part of it"))
    client = StringField(_l("App"), description=_l("Client ID, or words of its name"))
    source = StringField(_l("Source address"))
    outcome = SelectField(_l("Outcome"), choices=lambda: _outcomes(), default="")
    begin = StringField(_l("From (UTC)"), [_check_time], name="from")
    end = StringField(_l("To (UTC)"), [_check_time], name="to")
    q = StringField(_l("Words"), description=_l("Several words narrow the search: signin 192.0.2.7 2026-11"))

    def term(self, name: str) -> str:
        """Return what was typed into a field, within bounds."""
        return str(self[name].data or "").strip()[:LONGEST_TERM]

    @property
    def asked(self) -> dict[str, str]:
        """What was asked for, by the names that stand in addresses."""
        return {field.name: self.term(name) for name, field in self._fields.items() if self.term(name)}

    def filters(self) -> Filters:
        """Return what the log is to be searched for."""
        found = audit_filters.read_words(self.term("q"))
        values = [
            read(self.term(name))
            for name, read in (
                ("who", audit_filters.of_person),
                ("what", audit_filters.of_event),
                ("client", audit_filters.of_client),
                ("source", audit_filters.of_source),
            )
            if self.term(name)
        ]
        begin, end = (audit_filters.read_instant(self.term(name)) for name in ("begin", "end"))
        return replace(
            found,
            begin=_latest(found.begin, begin[0] if begin else None),
            end=_earliest(found.end, end[1] if end else None),
            outcome=self.term("outcome") or found.outcome,
            values=(*found.values, *values),
        )


class ExportForm(EntranceForm):
    """As what the events are exported."""

    format = RadioField(_l("Format"), choices=lambda: _formats(), default=exporting.CSV)


class RetentionForm(EntranceForm):
    """For how long events are kept."""

    days = IntegerField(
        _l("Days"),
        [Optional()],
        description=_l("Left empty, events are kept for ever. At least %(least)s.", least=retention.LEAST),
        wrong=_l("Enter a whole number of days, or leave it empty."),
    )

    def show_refusal(self, refused: Refused) -> None:
        """Show the service's refusal at the field."""
        self.days.errors = [*self.days.errors, refused.detail or ""]


def search_form(values: MultiDict[str, str] | None = None) -> SearchForm:
    """Return the form with what stands in the address, or in other values."""
    return SearchForm(request.args if values is None else values)


def _outcomes() -> dict[str, str]:
    return {"": _("Any"), SUCCESS: _("Succeeded"), FAILURE: _("Failed")}


def _formats() -> dict[str, str]:
    return {exporting.CSV: _("CSV, for spreadsheets"), exporting.JSON_LINES: _("JSON lines, for programs")}


def _latest(*instants: datetime | None) -> datetime | None:
    return max((instant for instant in instants if instant is not None), default=None)


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
