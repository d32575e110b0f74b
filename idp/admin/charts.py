"""Charts as numbers: the places of bars and lines in a drawing of the server's own, and the same values as rows of a table.

The drawing has no text. It is stretched to whatever width there is, and what is written stands beside it, in the page's own type.
"""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import format_datetime, format_decimal
from flask_babel import gettext as _

from idp.tallies.models import HOUR
from idp.tallies.summing import Numbers

HEIGHT = 100  # units of a drawing
STEP, BAR = 10, 8  # units for an hour or a day, and for its bar


@dataclass(frozen=True)
class Series:
    """A row of values under a name; `tone` is the class of its colour. None stands where there is no value."""

    name: str
    tone: str
    values: list[int | None]


@dataclass(frozen=True)
class Bar:
    """A rectangle of a drawing."""

    x: float
    y: float
    height: float
    tone: str


@dataclass(frozen=True)
class Chart:
    """A chart: values of several series, one upon the other as bars, or each as a line. `told` is its sum in words."""

    id: str
    title: str
    told: str
    times: list[str]
    series: list[Series]
    is_line: bool = False
    unit: str = ""

    @property
    def width(self) -> int:
        """The width of the drawing, in units."""
        return STEP * len(self.times)

    @property
    def top(self) -> int:
        """The value at the upper edge: a round one."""
        sums = [
            sum(value or 0 for value in values) for values in zip(*(row.values for row in self.series), strict=True)
        ]
        highest = max((value or 0 for row in self.series for value in row.values), default=0)
        return 100 if self.unit == "%" else round_up(highest if self.is_line else max(sums, default=0))

    @property
    def scale(self) -> list[str]:
        """What is written beside the drawing, from the top to the bottom."""
        return [f"{number(self.top * part // 2)}{self.unit}" for part in (2, 1, 0)]

    @property
    def ends(self) -> list[str]:
        """What is written below the drawing, from the left to the right."""
        return [self.times[0], self.times[len(self.times) // 2], self.times[-1]]

    @property
    def bars(self) -> list[Bar]:
        """The rectangles, those of one time upon each other in the order of the series."""
        bars, top = [], self.top
        for place in range(len(self.times)):
            height = 0.0
            for row in self.series:
                part = round((row.values[place] or 0) * HEIGHT / top, 2)
                if part:
                    height += part
                    bars.append(Bar(place * STEP + (STEP - BAR) / 2, round(HEIGHT - height, 2), part, row.tone))
        return bars

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The points of each stretch of a line that has values, with the class of its colour; a single value is a short stroke."""
        found, top = [], self.top
        for row in self.series:
            points: list[str] = []
            for place, value in enumerate([*row.values, None]):
                if value is not None:
                    y = round(HEIGHT - value * HEIGHT / top, 2)
                    left = place * STEP
                    points += [f"{left},{y}", f"{left + STEP},{y}"]
                elif points:
                    found.append((" ".join(points), row.tone))
                    points = []
        return found

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The table: each time with its values, the newest first."""
        columns = [row.values for row in self.series]
        lines = [
            (self.times[place], [self._write(values[place]) for values in columns]) for place in range(len(self.times))
        ]
        return lines[::-1]

    def _write(self, value: int | None) -> str:
        return "–" if value is None else f"{number(value)}{self.unit}"


def round_up(value: int) -> int:
    """Return the next of 2, 4, 10, 20, 40, 100, ...: what has a whole half, which is written in the middle."""
    power = 1
    while True:
        for first in (2, 4, 10):
            if value <= first * power:
                return first * power
        power *= 10


def number(value: int) -> str:
    """Return a number as people write it."""
    return str(format_decimal(value))


def label(numbers: Numbers) -> list[str]:
    """Return the times of some numbers as people read them, in UTC."""
    return [tell_time(at, numbers.span) for at in numbers.times]


def tell_time(at: datetime, span: str) -> str:
    """Return an hour or a day as people read it."""
    return str(format_datetime(at, "d MMM, HH:mm" if span == HOUR else "d MMM"))


def share(part: list[int | None], whole: list[int | None]) -> list[int | None]:
    """Return the percentage of each part of its whole, rounded down so that only all are 100; None where either is not known."""
    return [
        None if some is None or every is None else some * 100 // every if every else 0
        for some, every in zip(part, whole, strict=True)
    ]


def counted(values: list[int]) -> list[int | None]:
    """Return values of which none is missing, for a series."""
    return list(values)


def tell_last(values: list[int | None], unit: str = "") -> str | None:
    """Return the last value that is known, in words; None where none is."""
    known = [value for value in values if value is not None]
    return f"{number(known[-1])}{unit}" if known else None


def unknown() -> str:
    """Return what is said in place of a number that nobody has looked at."""
    return str(_("Not looked at yet"))
