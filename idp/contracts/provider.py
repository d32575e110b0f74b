"""Document 2: clients made by an administrator's key, and the manner in which they ask for tokens and people."""

from typing import Any

from flask import Blueprint
from pydantic import BaseModel

from idp.contracts.kit import Adapter, Contract, Problem

bp = Blueprint("contract_provider", __name__)


class ErrorAnswer(BaseModel):
    """A failure."""

    success: bool
    error: str


def render(problem: Problem) -> dict[str, Any]:
    """Write a failure as the document does."""
    return {"success": False, "error": problem.message}


CONTRACT = Contract("provider", "OAuth provider", render, ErrorAnswer)
adapter = Adapter(CONTRACT, bp)
