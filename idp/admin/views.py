"""The one blueprint of this room: everything under /admin."""

from flask import Blueprint

from idp.admin import (
    access_views,
    administrators,
    audit_views,
    claim_views,
    client_secrets,
    clients,
    dashboard,
    group_people,
    groups_views,
    invitation_views,
    keys_views,
    people,
    policy_views,
    preview_views,
    providers,
    provisioning_views,
    registration_views,
    role_people,
    roles_views,
    sign_up_views,
    stream_views,
    system,
    terms_views,
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
    access_views.bp,
    provisioning_views.bp,
    claim_views.bp,
    preview_views.bp,
    people.bp,
    administrators.bp,
    invitation_views.bp,
    groups_views.bp,
    group_people.bp,
    roles_views.bp,
    role_people.bp,
    policy_views.bp,
    sign_up_views.bp,
    terms_views.bp,
    providers.bp,
    keys_views.bp,
):
    bp.register_blueprint(_part)
