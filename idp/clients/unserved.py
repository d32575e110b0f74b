"""Clients that are registered for an algorithm of signatures that the operator has switched off since."""

from sqlalchemy import or_, select

from idp import keys
from idp.base.database import session
from idp.clients.models import Client

MOST = 1_000


def find() -> list[str]:
    """Return their identifiers, at most a thousand. They get RS256 instead, until their registration is changed."""
    is_off = or_(
        Client.id_token_signed_response_alg.not_in(keys.offered()),
        Client.userinfo_signed_response_alg.not_in(keys.offered()),
    )
    return list(session().scalars(select(Client.client_id).where(is_off).order_by(Client.client_id).limit(MOST)))
