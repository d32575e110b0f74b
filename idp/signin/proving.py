"""People who have shown who they are, and may come in once their address is proved: the sign-up policy lets people in by it.

Accounts of older interfaces and of providers that vouch for no address are there before anybody has proved theirs.
"""

from flask import session
from werkzeug.wrappers import Response

from idp.accounts import lookup
from idp.accounts.models import Account
from idp.signin.pages import go, with_next

KEY = "unproved"


def lead(account: Account, amr: list[str], target: str | None) -> Response:
    """Lead somebody to where the address is proved; what was shown, `amr`, is remembered until then."""
    for name in ("sign_up", "known_sign_up"):
        session.pop(name, None)
    session[KEY] = [account.id, account.token_epoch, amr]
    return go(with_next("/verify", target))


def find() -> Account | None:
    """Return whose address is to be proved at this browser; None for nobody, and where the account has moved since."""
    kept = session.get(KEY)
    account = lookup.find(kept[0]) if kept else None
    if kept is None or account is None or account.disabled_at is not None:
        return None
    return account if account.token_epoch == kept[1] else None


def shown(account: Account) -> list[str]:
    """Return what this browser has shown of an account whose address was proved just now: `amr`."""
    kept = session.get(KEY)
    return list(kept[2]) if kept and kept[0] == account.id else ["pwd"]
