"""Deleting what has expired, room by room, in batches that hold no lock for long."""

from idp import outbox, replay, sessions, throttle
from idp.accounts import devices, erasure, names, pending, proofs, unproved, words
from idp.accounts.authority import granting
from idp.base.database import commit
from idp.clients import initial_tokens
from idp.clients import origins as client_origins
from idp.clients import service as clients
from idp.clients import words as client_words
from idp.factors import totp
from idp.oauth import interaction, tokens
from idp.signin import flow

BATCH = 1000
PURGES = (
    interaction.purge,
    tokens.purge,
    flow.purge,
    sessions.purge,
    totp.purge,
    proofs.purge,
    pending.purge,
    names.purge,
    words.catch_up,
    client_words.index.catch_up,
    client_origins.rows.catch_up,
    devices.purge,
    granting.purge,
    throttle.purge,
    replay.purge,
    initial_tokens.purge,
    clients.purge,
    outbox.purge,
    unproved.purge,
    erasure.purge,  # the last: by then no mail names the former addresses of those who are erased
)


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
