"""Tallies: what the audit log tells in numbers, by the hour and by the day (UTC), so that a page of ninety days reads some hundred rows.

`counting` says what an event counts as, `rolling` counts each event once, in the background, and `summing` reads what the pages show.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Forget people who are erased."""
    from idp.accounts import erasure
    from idp.tallies import rolling

    erasure.erased.connect(rolling.forget)
