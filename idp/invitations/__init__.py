"""Invitations by mail: whoever opens one proves the invited address, gets an account without further ado, and is put into groups.

This room knows accounts and groups, and nothing of pages. Sign-ups and other providers hear of it through `accounts.admission`.
"""

from flask import Flask


def init_app(_app: Flask) -> None:
    """Let whoever was invited sign up by any way that proves the address."""
    from idp.accounts.admission import service as admission
    from idp.accounts.admission.service import Guests
    from idp.invitations import accepting, lookup

    admission.register("invitations", Guests(lookup.is_invited, accepting.welcome))
