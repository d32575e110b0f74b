"""The rows of providers that this process knows: read once, and looked at anew where any of them may have changed.

A change counter says when, shared by the processes of a node and, through Redis, by all nodes; whatever changes a provider bumps it
after its commit. There are few of them, so that all are read by one statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, inspect, select

from idp.base.recalled import Recalled
from idp.base.statements import statement
from idp.federation import configured
from idp.federation.configured import Configured
from idp.federation.models import UpstreamProvider

COUNTER = "providers"


@dataclass(frozen=True)
class _Known:
    rows: dict[str, Configured]
    homes: dict[str, Configured]  # of each domain whose people sign in by one provider alone


def list_all() -> list[Configured]:
    """Return all of them, disabled ones included, in their order."""
    return list(_recalled.get().rows.values())


def find(key: str) -> Configured | None:
    """Return one, disabled or not."""
    return _recalled.get().rows.get(key)


def find_home(domain: str) -> Configured | None:
    """Return the enabled provider by which alone people with an address of this domain sign in."""
    return _recalled.get().homes.get(domain)


def has_homes() -> bool:
    """Return whether people of any domain sign in by one provider alone."""
    return bool(_recalled.get().homes)


def _make(rows: Sequence[Any]) -> _Known:
    known = [configured.make(row) for row in rows]
    homes = {domain: row for row in known if row.is_configured for domain in row.only_domains}
    return _Known({row.key: row for row in known}, homes)


@statement
def _all(_dialect: str) -> Select[Any]:
    columns = inspect(UpstreamProvider).columns
    return select(*columns).order_by(UpstreamProvider.position, UpstreamProvider.key)


_recalled = Recalled(COUNTER, _all, _make)
