"""No grant leaves out a phase of the token endpoint, and no address takes a bound token without looking at its key."""

import ast
from pathlib import Path

from flask import Flask

from idp.oauth.grants import FOREIGN_PHASES, PHASES, Grant

ROOT = Path(__file__).parents[2]
# Who may be given a bound token: the one place that looks at its key, and the endpoint that tells the key.
LOOKING = {"idp/oauth/delegation/shown.py", "idp/oauth/presenting.py", "idp/oauth/token_endpoints.py"}


def test_every_grant_goes_through_all_phases(app: Flask) -> None:
    """Whatever is registered at the token endpoint is a grant of ours, which claims and changes nothing about the phases."""
    registered = [grant for grant, _extensions in app.extensions["idp.authorization_server"]._token_grants]
    assert len(registered) >= 3
    for grant in registered:
        assert issubclass(grant, Grant), grant
        assert grant.claim is not Grant.claim, grant
        for final in ("validate_token_request", "create_token_response"):
            assert getattr(grant, final) is getattr(Grant, final), (grant, final)
    for phases in (PHASES, FOREIGN_PHASES):
        assert [phase.__name__ for phase in phases][:2] == ["prove_client", "constrain_sender"]
    assert PHASES[-1].__name__ == "mint_tokens"


def test_only_who_looks_at_the_key_takes_bound_tokens() -> None:
    """Nobody but the one reader of presented tokens and introspection asks for access tokens that may be bound to a key."""
    found = set()
    for path in (ROOT / "idp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "may_be_bound" and isinstance(node.value, ast.Constant):
                found.add(str(path.relative_to(ROOT)))
    assert found == LOOKING
