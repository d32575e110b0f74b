"""Events of the audit log as years of use bring them, random and the same each time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert

from idp import audit
from idp.audit import AuditEvent
from idp.base import database

AMR = ("pwd", "pwd otp mfa", "hwk user mfa", "swk user mfa", "fed", "fed otp mfa", "pwd hwk mfa")
KINDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    *(("signin", audit.SUCCESS, {"amr": amr}) for amr in AMR),
    ("signin", audit.FAILURE, {"reason": "disabled"}),
    ("password.checked", audit.FAILURE, {}),
    ("factor.checked", audit.FAILURE, {"kind": "code"}),
    ("account.signed_up", audit.SUCCESS, {}),
    ("account.created", audit.SUCCESS, {}),
    ("request.refused", audit.FAILURE, {"cause": "code_expired", "left_out": 4}),
    (
        "client.authenticated",
        audit.FAILURE,
        {"cause": "Some sentence, perhaps of a stranger.", "error": "invalid_client"},
    ),
    ("client.authenticated", audit.FAILURE, {"cause": "Another sentence."}),
    ("consent.given", audit.SUCCESS, {}),
    ("scope.narrowed", audit.SUCCESS, {"left_out": "groups"}),
)


def events(begin: datetime, count: int, *, hours: int, people: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield so many events of some hours, in order."""
    random = Random(seed)  # noqa: S311 - the same each time
    for second in sorted(random.randrange(hours * 3600) for _ in range(count)):
        event, outcome, detail = random.choice(KINDS)
        by_admin = event == "account.created" and random.random() < 0.5
        yield {
            "at": begin + timedelta(seconds=second),
            "event": event,
            "outcome": outcome,
            "subject": f"person{random.randrange(people)}",
            "actor": "root" if by_admin else None,
            "client_id": f"shop{random.randrange(5)}" if random.random() < 0.3 else None,
            "source": f"192.0.2.{random.randrange(40)}",
            "detail": detail,
        }


def write(rows: list[dict[str, Any]]) -> None:
    """Write events, in the caller's transaction."""
    database.connection().execute(insert(AuditEvent), rows)
