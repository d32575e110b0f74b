"""Security event tokens (RFC 8417) as the framework profiles them (SSF 1.0, section 4.1): typed, without `sub` and without `exp`.

One is signed whenever it is handed over, so that none is ever signed by a key that is published no more; all that it says stays the same.
"""

from typing import Any

from idp import keys
from idp.base.extensions import settings, vault
from idp.keys.parsing import encode
from idp.signals.models import SignalEvent

TYPE = "secevent+jwt"
# Whatever the client's ID tokens are signed with: the interoperability profile of CAEP (section 2.6) has receivers expect this one.
ALGORITHM = "RS256"
LONGEST_TXN = 22  # characters: 132 bits


def sign(event: SignalEvent, client_id: str) -> str:
    """Return a piece of news as a security event token for a client."""
    claims: dict[str, Any] = {
        "iss": settings().issuer,
        "aud": client_id,
        "iat": int(event.created_at.timestamp()),
        "jti": event.jti,
        "sub_id": event.payload["sub_id"],
        "events": {event.event_type: event.payload["members"]},
    }
    if event.payload.get("txn"):
        claims["txn"] = event.payload["txn"]
    return keys.sign(claims, ALGORITHM, typ=TYPE)


def name_cause(client_id: str, number: int) -> str:
    """Return the `txn` of what an event of the audit log has caused (SSF 1.0, section 4.1.9).

    Each client is told another one: by a common one two of them could find out that they know the same person.
    """
    return encode(vault().keyed_digest(f"{client_id}\0{number}", "signal-transaction"))[:LONGEST_TXN]
