"""Resources defined at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from flask import Flask

from idp.base.database import commit
from idp.resources import service
from idp.resources.definition import Definition, Scope

ORDERS = Definition("https://api.example/orders", "Orders", (Scope("orders.read"),))
TIMES = 4


def test_a_scope_is_given_to_one_resource_alone(app: Flask) -> None:
    """Of administrators who give one scope to several resources at the same moment, one succeeds."""
    ready = Barrier(TIMES)

    def define(number: int) -> bool:
        with app.test_request_context():
            ready.wait()
            found = service.create(replace(ORDERS, resource=f"https://api.example/{number}"), actor="root")
            commit()
            return not isinstance(found, list)

    with ThreadPoolExecutor(TIMES) as pool:
        assert sorted(pool.map(define, range(TIMES))) == [False] * (TIMES - 1) + [True]
