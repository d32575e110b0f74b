"""Deleting what has expired, room by room, in batches that hold no lock for long."""

import time
from collections.abc import Callable

from idp import outbox, replay, throttle
from idp.accounts import attribute_values, devices, erasure, lapsing, names, pending, proofs, unproved, words
from idp.accounts.authority import granting, limited
from idp.base.database import commit
from idp.clients import initial_tokens
from idp.clients import origins as client_origins
from idp.clients import service as clients
from idp.clients import words as client_words
from idp.factors import totp
from idp.groups import members
from idp.invitations import service as invitations
from idp.jobs import service as jobs
from idp.oauth import client_documents, tokens, waiting
from idp.oauth.device import requests as device_requests
from idp.roles import giving
from idp.signals import queue as signals
from idp.signin import flow
from idp.streams import carrying
from idp.tallies import rolling
from idp.trail import retention

SMALLEST, FIRST, MOST = 25, 125, 1000  # rows of a batch
ACCOUNTS = 200  # that are looked up at once, to be erased one after the other
LONGEST = 0.25  # seconds for which a batch may hold its locks, on SQLite everybody's
PURGES = (
    waiting.purge,
    device_requests.purge,
    tokens.purge,
    flow.purge,
    lapsing.purge,
    totp.purge,
    proofs.purge,
    pending.purge,
    names.purge,
    attribute_values.purge,
    words.catch_up,
    client_words.index.catch_up,
    client_origins.rows.catch_up,
    devices.purge,
    granting.purge,
    limited.purge,
    members.purge,
    giving.purge,
    invitations.purge,
    jobs.purge,
    throttle.purge,
    replay.purge,
    initial_tokens.purge,
    clients.purge,
    client_documents.purge,
    outbox.purge,
    signals.purge,
    rolling.purge,
    carrying.purge,
    retention.purge,
)
ERASURES = (
    unproved.purge,
    erasure.purge,  # the last: by then no mail names the former addresses of those who are erased
)


def run(is_stopping: Callable[[], object] = lambda: False) -> int:
    """Delete everything that has expired, or what can be until the process is to stop; return how many rows."""
    total = 0
    for purge in PURGES:
        total += _run(purge, is_stopping)
    for erase in ERASURES:
        total += _run_one_by_one(erase, is_stopping)
    return total


def _run_one_by_one(erase: Callable[[int], int], is_stopping: Callable[[], object]) -> int:
    """Erase until nobody is left: each account is a transaction of its own, and looking who is due costs as much for few as for many."""
    total = 0
    while not is_stopping() and (erased := erase(ACCOUNTS)):
        total += erased
    return total


def _run(purge: Callable[[int], int], is_stopping: Callable[[], object]) -> int:
    """Purge until nothing is left, with as many rows at a time as take about `LONGEST`: rows that are on the disk alone take far longer."""
    total, size = 0, FIRST
    while not is_stopping():
        began = time.monotonic()
        deleted = purge(size)
        commit()
        taken = time.monotonic() - began
        total += deleted
        if deleted < size:
            return total
        if taken > LONGEST:
            size = max(size // 2, SMALLEST)
        elif taken < LONGEST / 3:
            size = min(size * 2, MOST)
    return total
