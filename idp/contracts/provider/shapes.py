"""The shapes of document 2: every answer says whether it is a success, and a person has a name to go by."""

from http import HTTPStatus
from typing import Any, Literal

from flask import Blueprint
from pydantic import BaseModel

from idp.accounts.lookup import Person
from idp.accounts.models import Account
from idp.base.outcome import Refused
from idp.contracts.kit import Adapter, Contract, Problem

bp = Blueprint("contract_provider", __name__)


class ErrorAnswer(BaseModel):
    """A failure."""

    success: Literal[False]
    error: str


def render(problem: Problem) -> dict[str, Any]:
    """Write a failure as the document does."""
    return {"success": False, "error": problem.message}


ABOUT = (
    "For applications whose people sign in here, in the browser. Clients are made with an administrator's key; the tokens of a "
    "person are good for that person alone. Standard OAuth 2.0 works at the same token address."
)
CONTRACT = Contract("provider", "OAuth provider", render, ErrorAnswer, about=ABOUT)
adapter = Adapter(CONTRACT, bp)


def tell(refused: Refused, member: str | None) -> Problem:
    """Return the problem that a member was refused: 400, in the words for developers where there are any."""
    problem = CONTRACT.tell(refused, status=HTTPStatus.BAD_REQUEST)
    sentence = refused.detail or problem.message
    return Problem(problem.status, f"{member}: {sentence}" if member else sentence, refused.reason)


def name_of(account: Account | Person) -> str:
    """Return what the document calls a person: the username, or the random subject of who has chosen none.

    Not the e-mail address: callers keep people apart by this name, and an address may be unproved, may pass to somebody else, and is
    not every caller's to know.
    """
    return account.username or account.sub
