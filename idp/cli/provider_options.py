"""Reading a provider from the options of `idp provider create` and `update`, which are called after its members."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from idp.base.outcome import Refused
from idp.federation.belonging import settle
from idp.federation.catalogue import LOCKOUT, OTHER_PEOPLE, Extras
from idp.federation.definition import (
    FIELDS,
    OPENID,
    USUAL_CLAIMS,
    USUAL_SCOPES,
    Definition,
    read_domains,
    read_groups,
    refuse,
)
from idp.federation.icons import LARGEST, OWN


def read_new(key: str, options: Mapping[str, Any]) -> Definition | Refused:
    """Return the provider that the options describe, with what is usual for its kind where they say nothing."""
    kind = options["kind"] or OPENID
    claims = dict(USUAL_CLAIMS.get(kind, {}))
    usual = Definition(key=key, display_name=key, kind=kind, scope=USUAL_SCOPES.get(kind, ""), claims=claims)
    return read_change(usual, options)


def read_change(present: Definition, options: Mapping[str, Any]) -> Definition | Refused:
    """Return a provider as it is with what the options say. Refusal: PROVIDER_INVALID for a claim that is none."""
    names = {field.name for field in fields(Definition)} - {
        "key",
        "claims",
        "link_domains",
        "only_domains",
        "group_mapping",
    }
    given: dict[str, Any] = {name: options[name] for name in names if options.get(name) is not None}
    given = {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}
    claims = dict(present.claims)
    for text in options["claims"]:
        name, equals, path = text.partition("=")
        if not equals or name not in FIELDS:
            return refuse("claim", f"Write FIELD=CLAIM with one of the fields {', '.join(FIELDS)}.")
        claims[name] = path
    given["claims"] = {name: path for name, path in claims.items() if path}
    for name in ("link_domains", "only_domains"):
        if options[name]:
            given[name] = read_domains(" ".join(options[name]))
    if options["no_only_domains"]:
        given["only_domains"] = []
    if options["group_mapping"] or options["no_group_mapping"]:
        given["group_mapping"] = [] if options["no_group_mapping"] else settle(read_groups(options["group_mapping"]))
    if options["icon_file"] is not None:
        given["icon"] = OWN
    return replace(present, **given)


def read_extras(options: Mapping[str, Any], *, read_secret: Callable[[], str]) -> Extras | Refused:
    """Return what comes with a provider. Refusal: PROVIDER_INVALID for a file that cannot be read."""
    icon, path = None, options["icon_file"]
    if path is not None:
        try:
            with path.open("rb") as file:
                icon = file.read(LARGEST + 1)
        except OSError:
            return refuse("icon_file", "The file cannot be read.")
    accepted = frozenset(name for name in (LOCKOUT, OTHER_PEOPLE) if options[name])
    return Extras(read_secret() if options["client_secret_stdin"] else None, icon, accepted)
