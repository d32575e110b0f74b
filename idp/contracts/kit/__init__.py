"""What the older interfaces share: reading, answering, the shape of failures, and what browsers are allowed."""

from idp.contracts.kit.adapter import (
    Adapter,
    Answer,
    Cookie,
    Operation,
    described,
    init_app,
    operations,
    refuse_collisions,
    set_cookie,
    write_problem,
)
from idp.contracts.kit.browsers import is_at_listed_origin
from idp.contracts.kit.problems import STATUSES, Contract, Problem
from idp.contracts.kit.reading import LONGEST_TEXT, Body, read_body, read_token

__all__ = [
    "LONGEST_TEXT",
    "STATUSES",
    "Adapter",
    "Answer",
    "Body",
    "Contract",
    "Cookie",
    "Operation",
    "Problem",
    "described",
    "init_app",
    "is_at_listed_origin",
    "operations",
    "read_body",
    "read_token",
    "refuse_collisions",
    "set_cookie",
    "write_problem",
]
