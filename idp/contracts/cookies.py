"""Document 3: browser front ends on the same site, whose tokens are cookies."""

from typing import Any

from flask import Blueprint
from pydantic import BaseModel

from idp.contracts.kit import Adapter, Contract, Problem

bp = Blueprint("contract_cookies", __name__)


class ErrorAnswer(BaseModel):
    """A failure."""

    success: bool
    message: str


def render(problem: Problem) -> dict[str, Any]:
    """Write a failure as the document does."""
    return {"success": False, "message": problem.message}


CONTRACT = Contract("cookies", "Cookie authentication", render, ErrorAnswer)
adapter = Adapter(CONTRACT, bp)
