"""The rows that say what happened: the audit log, twenty events an account, and the queue of deliveries."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.seed.filling import Row
from tests.seed.people import People, address
from tests.seed.protocol import Protocol
from tests.seed.times import Times

DAYS = 730
EVENTS = {
    "password.checked": 400,
    "session.ended": 150,
    "consent.given": 120,
    "factor.checked": 60,
    "password.changed": 10,
    "email.verified": 20,
    "account.signed_up": 20,
    "account.profile_changed": 15,
    "client.changed": 3,
    "client.registered": 2,
    "account.disabled": 1,
    "password.reset_requested": 12,
    "initial_access_token.checked": 1,
    "account.held": 1,
}
BY_CLIENTS = frozenset({"consent.given", "client.changed", "client.registered"})
LABELS = ("verify_email", "reset_password", "new_device", "password_changed", "signed_out_by_admin")


@dataclass
class Records:
    """What was done by these people and clients."""

    people: People
    protocol: Protocol
    random: Random
    times: Times

    AUDIT = ("id", "at", "event", "outcome", "subject", "actor", "client_id", "source", "detail")
    OUTBOX = (
        *(
            "id",
            "kind",
            "recipient",
            "label",
            "sealed_payload",
            "created_at",
            "next_attempt_at",
            "attempts",
            "delivered_at",
        ),
        *("failed_at", "last_error"),
    )

    def audit(self) -> Iterator[Row]:
        """Yield events in the order in which they happened; the people with small numbers did much more than the others."""
        random, people, subs = self.random, self.people.count, self.people.subs
        total, clients = 20 * people, self.protocol.client_ids
        kinds = random.choices(list(EVENTS), list(EVENTS.values()), k=100_000)
        sources = [address(random) for _ in range(max(100, people // 10))]
        for number in range(1, total + 1):
            event = kinds[number % len(kinds)]
            outcome = "failure" if event == "password.checked" and random.random() < 0.1 else "success"
            client = clients[int(len(clients) * random.random())] if event in BY_CLIENTS else None
            actor = subs[1 + number % 5] if number % 1000 == 0 else None
            subject = subs[1 + int(people * random.random() ** 1.5)]
            at = self.times.after((number - total) / total * DAYS)
            yield number, at, event, outcome, subject, actor, client, random.choice(sources), "{}"

    def outbox(self, sealed: bytes) -> Iterator[Row]:
        """Yield a delivery an account of the last two weeks: most arrived, a few failed, some wait and are not due for a long time."""
        random, emails, people = self.random, self.people.emails, self.people.count
        for number in range(1, people + 1):
            made, chance = self.times.after((number - people) / people * 14), random.random()
            waits = self.times.after(30) if chance < 0.02 else None
            failed = made if 0.02 <= chance < 0.03 else None
            delivered = None if waits or failed else made
            yield (
                *(number, "mail", emails[random.randrange(1, people + 1)], random.choice(LABELS)),
                *(None if delivered else sealed, made, waits, 1, delivered, failed, "550 unknown" if failed else None),
            )
