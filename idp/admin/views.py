"""The one blueprint of this room: everything under /admin."""

from flask import Blueprint

from idp.admin import (
    access_views,
    administrators,
    attribute_views,
    audit_views,
    claim_views,
    client_secrets,
    clients,
    dashboard,
    group_people,
    groups_views,
    invitation_views,
    job_views,
    keys_views,
    people,
    person_attribute_views,
    policy_views,
    preview_views,
    providers,
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
    claim_views.bp,
    preview_views.bp,
    job_views.bp,  # before the people, of whom none is called so
    people.bp,
    person_attribute_views.bp,
    administrators.bp,
    invitation_views.bp,
    groups_views.bp,
    group_people.bp,
    roles_views.bp,
    role_people.bp,
    policy_views.bp,
    sign_up_views.bp,
    attribute_views.bp,
    terms_views.bp,
    providers.bp,
    keys_views.bp,
):
    bp.register_blueprint(_part)
