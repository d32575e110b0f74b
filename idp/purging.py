"""Deleting what has expired, room by room, in batches that hold no lock for long."""

from idp import outbox, sessions, throttle
from idp.accounts import proofs, signup
from idp.base.database import commit
from idp.oauth import interaction, tokens

BATCH = 1000
PURGES = (interaction.purge, tokens.purge, sessions.purge, proofs.purge, signup.purge, throttle.purge, outbox.purge)


def run() -> int:
    """Delete everything that has expired; return how many rows."""
    total = 0
    for purge in PURGES:
        while True:
            deleted = purge(BATCH)
            commit()
            total += deleted
            if deleted < BATCH:
                break
    return total
