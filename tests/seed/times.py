"""Instants as both databases read them: text, in UTC, within so many days of now."""

from datetime import UTC, datetime, timedelta
from random import Random

DAY = 86_400


class Times:
    """Instants about the one at which the filling began."""

    def __init__(self, random: Random) -> None:
        self.now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        self._random = random

    def past(self, days: float) -> str:
        """Return an instant of the last days."""
        return self.after(-self._random.random() * days)

    def future(self, days: float) -> str:
        """Return an instant of the next days."""
        return self.after(self._random.random() * days)

    def around(self, days: float) -> str:
        """Return an instant of the last or the next days: half of what ends then has ended."""
        return self.after((2 * self._random.random() - 1) * days)

    def after(self, days: float) -> str:
        """Return the instant so many days from now."""
        return f"{self.now + timedelta(seconds=int(days * DAY))}.000000"
