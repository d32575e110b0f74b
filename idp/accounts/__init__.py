"""Accounts: people, their passwords and addresses. Sign-up, verification, reset."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Let no request write to what belongs to an account that it has not taken."""
    from idp.accounts import taking

    taking.init_app(app)
