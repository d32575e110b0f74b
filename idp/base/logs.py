"""What this program writes of itself to standard error: lines for people, or one JSON object a line for programs that collect them.

Every line that belongs to a request has its reference, which error pages show. Nobody logs what is secret: nothing here looks for it.
"""

import json
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

from idp.base import caller

PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"
log = logging.getLogger(__name__)


class Lines(logging.Formatter):
    """Writes a record as one JSON object: when, how grave, who says what, in which process and request, and of an error its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a record whose arguments do not fit its message is written all the same."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            "process": record.process,
        }
        reference = caller.known_reference()
        told |= {"reference": reference} if reference is not None else {}
        if record.exc_info and record.exc_info[0] is not None:
            told["exception"] = record.exc_info[0].__name__
            told["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(told, default=str)


def set_up(form: Literal["text", "json"]) -> None:
    """Log to standard error in this form from now on; of programs every line is one of these, warnings of Python and last words too."""
    logging.basicConfig(level=logging.INFO, format=PLAIN)
    if form == "text":
        return
    for handler in logging.getLogger().handlers:
        handler.setFormatter(Lines())
    logging.captureWarnings(capture=True)
    sys.excepthook = _tell_end
    threading.excepthook = _tell_end_of_thread


def write_trouble(message: str) -> str:
    """Return what keeps the program from its work as such a line, before anything is set up."""
    record = logging.LogRecord("idp", logging.ERROR, __file__, 0, message, None, None)
    return Lines().format(record)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return str(record.msg)


def _tell_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("the program ended by an error", exc_info=(kind, error, trace))


def _tell_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        log.error("a thread ended by an error", exc_info=ended.exc_value)
