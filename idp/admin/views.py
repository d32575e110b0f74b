"""The one blueprint of this room: everything under /admin."""

from flask import Blueprint

from idp.admin import (
    administrators,
    audit_views,
    client_secrets,
    clients,
    dashboard,
    keys_views,
    people,
    policy_views,
    providers,
    registration_views,
    stream_views,
    system,
)

bp = Blueprint("admin", __name__, url_prefix="/admin")

for _part in (
    dashboard.bp,
    audit_views.bp,
    stream_views.bp,
    system.bp,
    clients.bp,
    client_secrets.bp,
    registration_views.bp,
    people.bp,
    administrators.bp,
    policy_views.bp,
    providers.bp,
    keys_views.bp,
):
    bp.register_blueprint(_part)
