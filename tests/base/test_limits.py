"""Request limits: looked at where a route declares them, and nowhere else."""

from typing import Any

from idp import create_app
from idp.base.pages import limiter
from idp.config import Settings


def test_a_route_without_a_limit_asks_for_none(settings: Settings) -> None:
    """Before a request nothing looks for limits, and a route that declares one still counts: one too many is 429, and says when."""
    app = create_app(settings.model_copy(update={"ratelimit_enabled": True}))
    try:
        assert limiter._check_request_limit not in app.before_request_funcs[None]
        caller: Any = app.test_client()
        answers = [caller.get("/oauth/clients/none/logo").status_code for _ in range(601)]
        assert answers == [404] * 600 + [429]
        assert 1 <= int(caller.get("/oauth/clients/none/logo").headers["Retry-After"]) <= 60
        assert caller.get("/signin").status_code == 200
    finally:
        app.extensions["idp.dispose"]()
