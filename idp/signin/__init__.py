"""Getting in: every page by which a person arrives at a session (sign-in, sign-up, verification, reset, sign-out)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the pages."""
    from idp.accounts.admission import service as admission
    from idp.signin import (
        accent_views,
        break_glass_views,
        buttons,
        cancel_views,
        code_views,
        completing_views,
        invitation_views,
        reset_views,
        signup_views,
        terms_views,
        unlock_views,
        views,
    )

    for module in (
        accent_views,
        views,
        cancel_views,
        code_views,
        signup_views,
        invitation_views,
        reset_views,
        unlock_views,
        break_glass_views,
        terms_views,
        completing_views,
    ):
        app.register_blueprint(module.bp)
    app.add_template_global(buttons.offer, "provider_buttons")
    app.add_template_global(buttons.has_home, "has_home")
    app.add_template_global(admission.lets_strangers_try, "may_sign_up")
