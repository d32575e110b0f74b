"""What a browser is told of the person who is signed in, to show it in its dialog; no page of an app reads it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.sql.base import Executable

from idp.accounts.models import Account
from idp.base.statements import parameter, statement
from idp.clients import service as clients
from idp.clients.models import Client
from idp.fedcm import assertion
from idp.fedcm.reading import EVERYTHING
from idp.oauth import telling
from idp.oauth.interaction import Agreement
from idp.oauth.models import Consent

MOST_APPROVED = 200


def describe(account: Account) -> dict[str, Any]:
    """Return the list of the one account at this browser (Federated Credential Management, 3.3)."""
    known = telling.of_person(account)
    hints = [hint for hint in dict.fromkeys([account.username, account.email]) if hint]
    told = {
        "id": account.sub,
        "name": known["name"] or account.display_name,
        "given_name": known["given_name"],
        "email": known["email"],
        "picture": known["picture"],
    }
    listed = {"approved_clients": list_approved(account.id), "login_hints": hints}
    return {"accounts": [{name: value for name, value in told.items() if value} | listed]}


def list_approved(account_id: int) -> list[str]:
    """Return the clients that somebody has allowed everything that the browser's dialog tells apps, so that it need not say so again."""
    given = {
        row.client_id: Agreement(frozenset(row.scope.split()))
        for row in _given.all(account_id=account_id, most=MOST_APPROVED)
    }
    known = clients.find_all(given)
    return [
        client_id
        for client_id, client in known.items()
        if given[client_id].covers(assertion.ask(client, "", EVERYTHING).consent_items)
    ]


@statement
def _given(_dialect: str) -> Executable:
    is_switched = (Client.client_id == Consent.client_id) & Client.fedcm_enabled & Client.disabled_at.is_(None)
    return (
        select(Consent.client_id, Consent.scope)
        .join(Client, is_switched)
        .where(Consent.account_id == parameter("account_id", Consent.account_id))
        .order_by(Consent.client_id)
        .limit(parameter("most", Consent.id))
    )
