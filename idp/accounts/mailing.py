"""How often an address gets mail that anybody can have sent to it: ten, then ever later, so that nobody's mailbox is flooded."""

from datetime import timedelta

from idp import throttle
from idp.throttle import Limit

FREE = 10
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(minutes=15)


def is_due(email: str) -> bool:
    """Count a message to an address, and return whether it may be sent; where it may not, the newest one there stays good."""
    return throttle.attempt([Limit(f"mailed/{email}", FREE, shortest=SHORTEST, longest=LONGEST)]) == 0
