"""Second factors: authenticator apps, recovery codes, passkeys, and the policy that asks for them.

Any authenticator app or passkey of an account makes its password alone insufficient, at every way in. This room knows
accounts, and nothing of pages.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Let go of the factors that a thief of an account added."""
    from idp.accounts import email_change
    from idp.factors import service

    email_change.undone.connect(service.discard_since, weak=False)
