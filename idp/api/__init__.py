"""The administrators' HTTP API under /api/v1: what their pages and commands do, over the same services, in JSON, for programs.

`admission` says who acts and with which permissions; clients, groups, scopes, roles, providers, attributes and policies are told and read
as the configuration file has them (`entries`); people, what belongs to them, jobs, invitations, events and streams of news have addresses
of their own. Failures are problem documents (RFC 9457).
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Answer at the addresses of the API."""
    from idp.api import (
        answering,
        entry_views,
        event_views,
        invitation_views,
        job_views,
        people_views,
        signal_views,
        standing_views,
    )
    from idp.api.problem import Problem
    from idp.base.http import register_shape

    for room in (people_views, standing_views, invitation_views, job_views, event_views, signal_views, entry_views):
        app.register_blueprint(room.bp)
    app.register_error_handler(Problem, answering.refuse)
    register_shape(app, answering.shape)
