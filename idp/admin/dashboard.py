"""Page: /admin, what happened of late as charts and tables, what there is, and what wants attention. Times are UTC."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from idp import keys
from idp.accounts.models import Account
from idp.admin import charts, paging
from idp.admin.charts import Chart, Series, counted
from idp.admin.guard import administers
from idp.admin.navigation import show
from idp.admin.system import deliveries
from idp.base import clock
from idp.base.extensions import settings
from idp.clients.models import Client
from idp.keys import SigningKey
from idp.lifetimes import LIFETIMES
from idp.signin.pages import Page
from idp.tallies import counting, gauges, summing
from idp.tallies.models import DAY, HOUR
from idp.tallies.summing import Numbers

bp = Blueprint("dashboard", __name__)

# What an address may ask for: hours or days, and how many of them.
RANGES = {"24h": (HOUR, 24), "7d": (DAY, 7), "30d": (DAY, 30), "90d": (DAY, 90)}
USUAL = "24h"
MOST_REASONS = 12


@bp.get("")
@administers("overview.read")
def show_overview() -> Page:
    """Show the numbers of a time (`?range=`), what there is, and what wants attention."""
    asked = request.args.get("range", USUAL)
    chosen = asked if asked in RANGES else USUAL
    numbers = summing.read(*RANGES[chosen])
    failed = paging.count(deliveries("failed"))
    return show(
        "overview.html",
        ranges=[(name, label, name == chosen) for name, label in _range_names().items()],
        range_name=_range_names()[chosen],
        numbers=numbers,
        charts=_draw(numbers),
        reasons=_reasons(numbers),
        key_ages=_key_ages(),
        people=paging.tell_count(select(Account.id)),
        disabled_people=paging.tell_count(select(Account.id).where(Account.disabled_at.is_not(None))),
        clients=paging.tell_count(select(Client.client_id)),
        disabled_clients=paging.tell_count(select(Client.client_id).where(Client.disabled_at.is_not(None))),
        waiting=paging.tell_count(deliveries("waiting")),
        has_failed=failed > 0,
        failed_number=failed,
        failed=paging.tell(failed),
        keys=paging.tell_count(select(SigningKey.kid).where(SigningKey.state != "retired")),
        sends_mail=settings().mail_server is not None,
        issuer=settings().issuer,
    )


def _draw(numbers: Numbers) -> list[Chart]:
    times = charts.label(numbers)
    return [
        _sign_ins(numbers, times),
        _active(numbers, times),
        _new_accounts(numbers, times),
        _second_factor(numbers, times),
        _deliveries(numbers, times),
    ]


def _sign_ins(numbers: Numbers, times: list[str]) -> Chart:
    ways = _way_names()
    series = [
        Series(name, f"tone-{place}", counted(numbers.series(counting.SIGN_IN, way)))
        for place, (way, name) in enumerate(ways.items(), 1)
    ]
    failed = numbers.total(counting.SIGN_IN, counting.FAILED)
    total = sum(numbers.totals(counting.SIGN_IN).values()) - failed
    told = _("%(good)s succeeded, %(bad)s failed", good=charts.number(total), bad=charts.number(failed))
    return Chart("sign-ins", _("Sign-ins by outcome and factor"), told, times, series)


def _active(numbers: Numbers, times: list[str]) -> Chart:
    values = numbers.series(counting.ACTIVE)
    since = summing.active_since(numbers.times[0])
    told = ngettext("%(number)s person", "%(number)s people", since, number=charts.number(since))
    if numbers.span == HOUR:
        told = _("%(people)s since yesterday 0:00", people=told)
    series = [Series(_("People who signed in"), "tone-1", counted(values))]
    return Chart("active-people", _("Active people"), told, times, series)


def _new_accounts(numbers: Numbers, times: list[str]) -> Chart:
    origins = {"": _("New accounts"), counting.IMPORTED: _("Imported"), counting.PROVISIONED: _("From a directory")}
    total = numbers.total(counting.NEW_ACCOUNT)
    told = ngettext("%(number)s account", "%(number)s accounts", total, number=charts.number(total))
    apart = sum(numbers.total(counting.NEW_ACCOUNT, origin) for origin in origins if origin)
    if apart:
        told = _(
            "%(accounts)s, and %(others)s imported or from a directory", accounts=told, others=charts.number(apart)
        )
    series = [
        Series(name, f"tone-{place}", counted(numbers.series(counting.NEW_ACCOUNT, origin)))
        for place, (origin, name) in enumerate(origins.items(), 1)
    ]
    return Chart("new-accounts", _("New accounts"), told, times, series)


def _second_factor(numbers: Numbers, times: list[str]) -> Chart:
    having = numbers.readings(gauges.PEOPLE, gauges.WITH_SECOND_FACTOR)
    values = charts.share(having, numbers.readings(gauges.PEOPLE, gauges.ALL))
    series = [Series(_("Accounts with a second factor"), "tone-2", values)]
    told = charts.tell_last(values, "%") or charts.unknown()
    return Chart("second-factor", _("Share with a second factor"), told, times, series, is_line=True, unit="%")


def _deliveries(numbers: Numbers, times: list[str]) -> Chart:
    waiting = numbers.readings(gauges.DELIVERIES, gauges.WAITING)
    failed = numbers.readings(gauges.DELIVERIES, gauges.FAILED)
    last_waiting, last_failed = charts.tell_last(waiting), charts.tell_last(failed)
    told = charts.unknown()
    if last_waiting is not None and last_failed is not None:
        told = _("%(waiting)s waiting, %(failed)s failed", waiting=last_waiting, failed=last_failed)
    series = [Series(_("Waiting"), "tone-3", waiting), Series(_("Failed"), "tone-5", failed)]
    return Chart("deliveries", _("Mails and notices in the queue"), told, times, series, is_line=True)


@dataclass(frozen=True)
class Measure:
    """A number with its bar, as long as its share of a hundred."""

    name: str
    told: str
    share: float
    detail: str = ""


def _reasons(numbers: Numbers) -> list[Measure]:
    """Return why people and applications were refused, the most frequent reasons first; the rest are one."""
    totals = list(numbers.totals(counting.REFUSAL).items())
    shown, rest = totals[:MOST_REASONS], sum(total for _reason, total in totals[MOST_REASONS:])
    named = [(_tell_reason(reason), total) for reason, total in shown] + ([(_("All others"), rest)] if rest else [])
    most = max((total for _name, total in named), default=1)
    return [Measure(name, charts.number(total), round(total * 100 / most, 1)) for name, total in named]


def _key_ages() -> list[Measure]:
    """Return how long each key that signs has done so, of the time after which the next one follows."""
    now, life = clock.now(), LIFETIMES.signing_key
    found = []
    for algorithm, pair in keys.pairs().items():
        age = max(now - (pair.due_at - life), timedelta())
        told = ngettext("%(num)s day", "%(num)s days", age.days)
        left = ngettext("%(num)s day left", "%(num)s days left", max((pair.due_at - now).days, 0))
        found.append(Measure(algorithm, told, round(min(age / life, 1) * 100, 1), left))
    return found


def _tell_reason(reason: str) -> str:
    known = {
        "wrong_password": _("Wrong password"),
        "wrong_code": _("Wrong code or passkey"),
        "disabled": _("Account is disabled"),
        "leaving": _("Account is about to be erased"),
    }
    # A word with a dot is the name of an event, as the audit log has it.
    return str(known.get(reason) or (reason if "." in reason else reason.replace("_", " ").capitalize()))


def _way_names() -> dict[str, str]:
    return {
        counting.PASSWORD: _("Password"),
        counting.TWO_FACTORS: _("Two factors"),
        counting.PASSKEY: _("Passkey alone"),
        counting.PROVIDER: _("Another provider"),
        counting.FAILED: _("Failed"),
    }


def _range_names() -> dict[str, str]:
    return {"24h": _("24 hours"), "7d": _("7 days"), "30d": _("30 days"), "90d": _("90 days")}
