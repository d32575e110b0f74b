"""Whose an identity at an upstream provider is, and which providers there are: asked of whoever keeps these (`federation`), which stands on
a floor above."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app

NAME = "idp.identity_owners"


@dataclass(frozen=True)
class Finders:
    """Who finds the account of a provider's key and a subject there, and who knows whether a key is a provider's."""

    find_owner: Callable[[str, str], int | None]
    is_provider: Callable[[str], bool]


def register(app: Flask, finders: Finders) -> None:
    """Say who knows."""
    app.extensions[NAME] = finders


def find(provider: str, subject: str) -> int | None:
    """Return the number of the account that has an identity; None where nobody has it."""
    return _finders().find_owner(provider, subject)


def is_provider(key: str) -> bool:
    """Return whether people can have identities at a provider of this key."""
    return _finders().is_provider(key)


def _finders() -> Finders:
    finders: Finders = current_app.extensions[NAME]
    return finders
