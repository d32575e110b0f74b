"""What must hold of every answer, whatever was asked."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import BigInteger, Integer, String, func, select
from werkzeug.test import TestResponse

from idp.base.database import Model, session
from tests.answers import FORM_POST, parameters
from tests.factories import Provider
from tests.generated.stage import Stage

ACTION = re.compile(r'\b(?:form)?action="([^"]*)"')
MARK = "<generated>"  # stands in generated values, and as a tag in no page
SAID = re.compile(r"[\x20\x21\x23-\x5B\x5D-\x7E]+")  # RFC 6749, section 5.2
SECRETS = {"code", "access_token", "id_token", "refresh_token", "client_secret", "registration_access_token"}
LARGEST_INTEGER = 2**31 - 1


def judge(stage: Stage, response: TestResponse) -> None:
    """Check any answer: no surprise, nobody sent to an unregistered address, nothing of the request in a page unescaped."""
    surprise, stage.surprises.last = stage.surprises.last, None
    if response.status_code >= 500:
        raise AssertionError(f"{response.status_code} {response.text[:500]}") from surprise
    if "Location" in response.headers:
        location = response.headers["Location"]
        assert _is_local(location) or _is_registered(stage, location), location
        if not _is_local(location):
            _judge_answer(stage, _pairs(location))
    if response.mimetype == "text/html":
        assert MARK not in response.text
        for action in map(unescape, ACTION.findall(response.text)):
            assert action == "" or _is_local(action) or _is_registered(stage, action), action
        if FORM_POST.search(response.text):
            _judge_answer(stage, parameters(response))


def judge_json(stage: Stage, response: TestResponse) -> dict[str, Any]:
    """Check an answer to a program: a JSON object that nobody stores, and an error without a token; return it."""
    judge(stage, response)
    assert response.mimetype == "application/json", response.headers
    assert "no-store" in response.headers["Cache-Control"]
    found = json.loads(response.data)
    assert isinstance(found, dict), found
    assert ("error" in found) == (response.status_code >= 400), (response.status_code, found)
    if "error" in found:
        said = [found["error"], *(found[name] for name in ("error_description",) if name in found)]
        assert all(isinstance(one, str) and SAID.fullmatch(one) for one in said), found
        assert not SECRETS & found.keys(), found
    return found


def judge_rows(provider: Provider) -> None:
    """Check that PostgreSQL would have taken every row: SQLite minds neither the length of a text nor the size of a number."""
    with provider.working():
        for table in Model.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, String) and column.type.length:
                    longest = session().scalar(select(func.max(func.length(column)))) or 0
                    assert longest <= column.type.length, f"{column}: {longest}"
                if isinstance(column.type, Integer) and not isinstance(column.type, BigInteger):
                    largest = session().scalar(select(func.max(func.abs(column)))) or 0
                    assert largest <= LARGEST_INTEGER, f"{column}: {largest}"


def _judge_answer(stage: Stage, pairs: list[tuple[str, str]] | dict[str, str]) -> None:
    """Check what a client gets: each member once, `iss` (RFC 9207) unless it was a sign-out, and an error without a token."""
    found = dict(pairs)
    assert len(found) == len(pairs), pairs
    if found.keys() <= {"state"}:
        return  # the way back from a sign-out
    assert found.get("iss") == stage.provider.issuer, found
    assert ("error" in found) != bool(SECRETS & found.keys()), found
    if "error" in found:
        assert all(SAID.fullmatch(found[name]) for name in ("error", "error_description")), found


def _pairs(location: str) -> list[tuple[str, str]]:
    parts = urlsplit(location)
    pairs = parse_qsl(parts.fragment or parts.query, keep_blank_values=True)
    return [pair for pair in pairs if pair != ("fixed", "1")]


def _is_local(target: str) -> bool:
    return target.startswith("/") and not target.startswith(("//", "/\\"))


def _is_registered(stage: Stage, target: str) -> bool:
    without_port = re.sub(r"^http://127\.0\.0\.1:\d+/", "http://127.0.0.1/", target)
    return any(
        without_port == uri or without_port.startswith((f"{uri}#", f"{uri}&" if "?" in uri else f"{uri}?"))
        for uri in stage.redirect_uris
    )
