"""A person's own pages: profile, password, activity."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the pages."""
