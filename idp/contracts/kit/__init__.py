"""What the older interfaces share: reading, answering, the shape of failures, and what browsers are allowed."""

from idp.contracts.kit.adapter import (
    Adapter,
    Answer,
    Cookie,
    Operation,
    described,
    init_app,
    is_enrolling,
    operations,
    refuse_collisions,
    set_cookie,
    write_problem,
)
from idp.contracts.kit.browsers import is_at_listed_origin
from idp.contracts.kit.demands import Demand
from idp.contracts.kit.problems import STATUSES, Contract, Problem, SecondFactorMembers, second_factor_members
from idp.contracts.kit.reading import LONGEST_TEXT, Body, read_body, read_token

__all__ = [
    "LONGEST_TEXT",
    "STATUSES",
    "Adapter",
    "Answer",
    "Body",
    "Contract",
    "Cookie",
    "Demand",
    "Operation",
    "Problem",
    "SecondFactorMembers",
    "described",
    "init_app",
    "is_at_listed_origin",
    "is_enrolling",
    "operations",
    "read_body",
    "read_token",
    "refuse_collisions",
    "second_factor_members",
    "set_cookie",
    "write_problem",
]
