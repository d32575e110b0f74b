"""Documents 1 and 4: accounts for first-party apps with bearer tokens, and the token pair for services. They share addresses."""

from typing import Any

from flask import Blueprint
from pydantic import BaseModel

from idp.contracts.kit import Adapter, Contract, Problem

bp = Blueprint("contract_bearer", __name__)


class ErrorAnswer(BaseModel):
    """A failure."""

    error: str
    message: str
    detail: str


def render(problem: Problem) -> dict[str, Any]:
    """Write a failure as the document does."""
    return {"error": "Error", "message": problem.message, "detail": problem.message}


CONTRACT = Contract("bearer", "Accounts and token pairs", render, ErrorAnswer)
adapter = Adapter(CONTRACT, bp)
