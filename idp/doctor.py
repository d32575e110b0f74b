"""`idp doctor`: is this server fit to run? One line a check; what is wrong is said in a sentence, never a secret."""

import smtplib
import time
from collections.abc import Callable

import redis
from flask import Flask
from sqlalchemy import text

from idp import create_app, keys
from idp.base import database, postgresql, schema, troubles
from idp.base.extensions import settings
from idp.clients import unserved
from idp.config import Settings, SettingsError, listening

MOST_NAMED = 5  # clients in one line
LARGEST_SKEW = 2.0  # seconds between this clock and the database's


class Trouble(Exception):
    """A check failed; the message says why."""


def run(say: Callable[[str], None]) -> bool:
    """Make every check, say its line, and return whether all passed."""
    try:
        values = Settings()
        listening.address(values)
        listening.check_files(values)
        app = create_app(values)
    except (SettingsError, OSError) as error:
        say(f"settings  FAIL  {troubles.sentence(error)}")
        return False
    say("settings  ok    " + values.issuer)
    passed = True
    checks = (("database", _database), ("redis", _redis), ("mail", _mail), ("keys", _keys), ("clock", _clock))
    for name, check in checks:
        try:
            with app.app_context():
                say(f"{name:9} ok    {check(app)}")
        except Trouble as error:
            passed = False
            say(f"{name:9} FAIL  {error}")
        except Exception as error:  # whatever a driver raises is the answer to the question
            passed = False
            say(f"{name:9} FAIL  {troubles.sentence(error) or type(error).__name__}")
    app.extensions["idp.dispose"]()
    return passed


def _database(app: Flask) -> str:
    if not schema.is_at_head(app):
        raise Trouble("migrations are missing: run idp migrate")
    if database.engine().dialect.name != "postgresql":
        return "sqlite"
    with database.reading() as own:
        trouble = postgresql.find_trouble(own.connection())
    if trouble:
        raise Trouble(trouble)
    return "postgresql"


def _redis(_app: Flask) -> str:
    url = settings().redis_url
    if url is None:
        return "not configured: limits are counted in each process"
    redis.Redis.from_url(url, socket_timeout=3).ping()
    return "answers"


def _mail(_app: Flask) -> str:
    values = settings()
    if values.mail_server is None:
        return "not configured: messages wait in the outbox"
    kind = smtplib.SMTP_SSL if values.mail_use_ssl else smtplib.SMTP
    with kind(values.mail_server, values.mail_port, timeout=5) as server:
        server.noop()
    return f"{values.mail_server}:{values.mail_port} answers"


def _keys(_app: Flask) -> str:
    present = {(key.algorithm, key.state) for key in keys.listing()}
    missing = [name for name in keys.offered() if (name, "current") not in present]
    if missing:
        raise Trouble(f"no current key for {', '.join(missing)}: idp serve makes them")
    for name in keys.offered():
        keys.sign({"iss": "doctor"}, name)
    states = sum(name in keys.offered() for name, _state in present)
    return f"{states} states of {len(keys.offered())} algorithms{_tell_unserved()}"


def _tell_unserved() -> str:
    """Name the clients that were registered for an algorithm before it was switched off: they are served, but not as they asked."""
    found = unserved.find()
    if not found:
        return ""
    named = ", ".join(found[:MOST_NAMED]) + (", ..." if len(found) > MOST_NAMED else "")
    off = ", ".join(name for name in keys.ALGORITHMS if name not in keys.offered())
    return (
        f"; {off} switched off, and RS256 in its place for clients that are registered for it: {len(found)} ({named})"
    )


def _clock(_app: Flask) -> str:
    if database.engine().dialect.name != "postgresql":
        return "local"
    theirs = float(database.connection().execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    skew = abs(time.time() - theirs)
    if skew > LARGEST_SKEW:
        raise Trouble(f"{skew:.1f} s away from the database's clock")
    return f"{skew:.1f} s away from the database's"
