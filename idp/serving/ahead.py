"""What each process would load for itself at its first pages is loaded before they are forked, so that they share it.

Only what takes some milliseconds: the rest of what is loaded late is big, or needed by few.
"""

import mimetypes

from flask import Flask
from flask_babel import format_datetime, get_locale

from idp.base import clock
from idp.base.extensions import LANGUAGES


def load(app: Flask) -> None:
    """Load how dates are written in each language, and which kinds of files there are."""
    mimetypes.init()
    for language in LANGUAGES:
        with app.test_request_context(headers={"Accept-Language": language}):
            get_locale()
            format_datetime(clock.now())
