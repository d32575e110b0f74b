"""Whose an identity at an upstream provider is: asked of whoever keeps these (`federation`), which stands on a floor above."""

from collections.abc import Callable

from flask import Flask, current_app

NAME = "idp.identity_owner"


def register(app: Flask, find_owner: Callable[[str, str], int | None]) -> None:
    """Say who finds the account of a provider's key and a subject there."""
    app.extensions[NAME] = find_owner


def find(provider: str, subject: str) -> int | None:
    """Return the number of the account that has an identity; None where nobody has it."""
    find_owner: Callable[[str, str], int | None] = current_app.extensions[NAME]
    return find_owner(provider, subject)
