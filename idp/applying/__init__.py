"""Configuration as code: a file that says which clients, groups, scopes, roles, providers and policies there are, and bringing them there.

`document` reads the file, `form` says what may stand in it, `sections` look at what is there and change it through the rooms' own services,
`running` does all of it in one transaction, and `exporting` writes the same form. Called by `idp apply` and `idp export` alone.
"""

from flask import Flask

from idp.applying import models as _models  # noqa: F401 - so that its table is known to every process


def init_app(_app: Flask) -> None:
    """Be known to the application, which reads files only by command."""
