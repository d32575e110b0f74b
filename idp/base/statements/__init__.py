"""Statements as data: declared once, compiled once for each kind of database, and executed by its driver, without the ORM between.

A statement of a request path is declared at module level, from the same tables and types as everywhere:

    @statement
    def _find_code(dialect: str) -> Select[Any]:
        return select(Grant.id, Grant.scope).where(Grant.code_digest == parameter("digest", Grant.code_digest))

    row = _find_code.first(digest=crypto.digest(code))

Values are bound and rows decoded by the columns' types, as SQLAlchemy does it. Where the request has a transaction open in its
session, a statement runs on that very connection. Where none is open it is a transaction of its own, which is over when it
returns: nothing after it can undo it. `together` makes one of several, `join` has one belong to the request's. Pages and
administration stay with the ORM.
"""

from idp.base.statements.declaring import Row, Statement, holding, parameter, parameters, statement
from idp.base.statements.guarding import Guard, guard
from idp.base.statements.running import join, ran, together

__all__ = [
    "Guard",
    "Row",
    "Statement",
    "guard",
    "holding",
    "join",
    "parameter",
    "parameters",
    "ran",
    "statement",
    "together",
]
