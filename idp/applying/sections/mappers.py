"""Claim mappers, of clients and of scopes, as a file has them."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from idp.applying.shapes import Filled
from idp.applying.states import without
from idp.clients.mapping import Mapper

USUAL = {"id_token": True, "userinfo": True, "access_token": False}
FIELDS = ("claim", "source", "value", "id_token", "userinfo", "access_token")


def read(rows: Iterable[Filled]) -> tuple[Mapper, ...]:
    """Return the mappers of an entry."""
    return tuple(Mapper(**row.values) for row in rows)


def tell(mappers: Iterable[Mapper]) -> list[dict[str, Any]]:
    """Return mappers as a file says them."""
    return [without(asdict(mapper), USUAL) for mapper in mappers]
