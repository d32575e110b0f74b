"""The issuers that this process knows: read once, all of them, and anew where any has changed. Asking costs the database nothing."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, inspect, select

from idp.base.recalled import Recalled
from idp.base.statements import statement
from idp.issuers.definition import SPIFFE, Definition, host_of, of
from idp.issuers.models import TrustedIssuer

COUNTER = "issuers"


def find(issuer: str) -> Definition | None:
    """Return the issuer of this very identifier (RFC 3986, section 6.2.1)."""
    return _recalled.get().get(issuer)


def find_of(claims: dict[str, Any]) -> Definition | None:
    """Return the issuer that unproven claims name: by `iss`, or by the trust domain of a SPIFFE ID in `sub` (JWT-SVID, section 3)."""
    issuer, sub = claims.get("iss"), claims.get("sub")
    found = find(issuer) if isinstance(issuer, str) else None
    if found is None and isinstance(sub, str) and sub.startswith(SPIFFE):
        return find(f"{SPIFFE}{host_of(sub)}")
    return found


def takes(profile: str) -> bool:
    """Return whether tokens of any issuer are taken as grants of this profile."""
    return any(profile in found.grant_profiles for found in _recalled.get().values())


def _make(rows: Sequence[Any]) -> dict[str, Definition]:
    return {row.issuer: of(row) for row in rows}


@statement
def _all(_dialect: str) -> Select[Any]:
    return select(*inspect(TrustedIssuer).columns).order_by(TrustedIssuer.issuer)


_recalled = Recalled(COUNTER, _all, _make)
