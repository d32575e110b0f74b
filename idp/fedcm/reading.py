"""What browsers send with a form (Federated Credential Management, 3.5 and 3.6): read strictly, and known to be text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# What the browser's dialog says that an app gets to know, and the claims that stand for it.
CLAIMS = {
    "name": ("name", "given_name", "family_name"),
    "email": ("email", "email_verified"),
    "picture": ("picture",),
}
EVERYTHING = frozenset(CLAIMS)
# What the app may say of its sign-in, in `params`: as in an authorization request.
PARAMETERS = ("nonce", "prompt", "max_age", "acr_values")
ONCE = ("client_id", "account_id", "nonce", "disclosure_text_shown", "disclosure_shown_for", "fields", "params")
LONGEST = 4096


class Malformed(ValueError):
    """A form that no browser sends; its text says what is wrong."""


@dataclass(frozen=True)
class Wish:
    """What a browser asks for in the name of an app's page, and what it has told the person."""

    client_id: str
    account_id: str
    fields: frozenset[str] | None = None  # None where the browser does not say
    disclosed: frozenset[str] = frozenset()
    parameters: Mapping[str, str] = field(default_factory=dict)


def read_wish(form: Mapping[str, list[str]]) -> Wish:
    """Return what the form of the ID assertion endpoint asks for.

    Raises:
        Malformed: a member is there twice, is missing, too long or not of its kind.
    """
    values = {name: _one(form, name) for name in ONCE}
    parameters = _parameters(values["params"])
    nonce = values["nonce"]
    if nonce and parameters.setdefault("nonce", nonce) != nonce:
        raise Malformed("nonce is there twice, and differs")
    has_told = values["disclosure_text_shown"] == "true"
    shown = _names(values["disclosure_shown_for"])
    return Wish(
        client_id=_needed(values, "client_id"),
        account_id=_needed(values, "account_id"),
        fields=_names(values["fields"]),
        disclosed=(EVERYTHING if shown is None else shown) if has_told else frozenset(),
        parameters=parameters,
    )


def read_disconnection(form: Mapping[str, list[str]]) -> tuple[str, str]:
    """Return client and hint of an account of the disconnect endpoint's form.

    Raises:
        Malformed: as above.
    """
    values = {name: _one(form, name) for name in ("client_id", "account_hint")}
    return _needed(values, "client_id"), _needed(values, "account_hint")


def _one(form: Mapping[str, list[str]], name: str) -> str | None:
    found = form.get(name, [])
    if len(found) > 1:
        raise Malformed(f"{name} is there more than once")
    if found and (len(found[0]) > LONGEST or "\0" in found[0]):
        raise Malformed(f"{name} is too long or malformed")
    return found[0] if found else None


def _needed(values: Mapping[str, str | None], name: str) -> str:
    value = values[name]
    if not value:
        raise Malformed(f"{name} is missing")
    return value


def _names(text: str | None) -> frozenset[str] | None:
    """Return those fields of a list that mean something here."""
    return EVERYTHING & {name.strip() for name in text.split(",")} if text is not None else None


def _parameters(text: str | None) -> dict[str, str]:
    """Return what the app's page says with `params`, a JSON object; members that mean nothing here are ignored."""
    if not text:
        return {}
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("params is no JSON") from None
    if not isinstance(document, dict):
        raise Malformed("params is no JSON object")
    return {name: _written(name, document[name]) for name in PARAMETERS if document.get(name) not in (None, "")}


def _written(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Malformed(f"params.{name} is neither a text nor a number")
    text = str(value)
    if "\0" in text or not text.isprintable():
        raise Malformed(f"params.{name} has characters that cannot be used")
    return text
