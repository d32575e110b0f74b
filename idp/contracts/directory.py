"""Document 5: user management with a search of people."""

from typing import Any

from flask import Blueprint
from pydantic import BaseModel

from idp.contracts.kit import Adapter, Contract, Problem

bp = Blueprint("contract_directory", __name__)


class ErrorAnswer(BaseModel):
    """A failure."""

    errors: list[str] | str


def render(problem: Problem) -> dict[str, Any]:
    """Write a failure as the document does."""
    return {"errors": [problem.message]}


CONTRACT = Contract("directory", "User management", render, ErrorAnswer)
adapter = Adapter(CONTRACT, bp)
