"""What may stand in a file: unknown members, wrong types and what readers of YAML differ about are refused, all at once, with places."""

from pathlib import Path

import pytest

from idp.applying.scalars import taken_for
from tests.applying.bringing import SECRET, read, told

CLIENT = "clients:\n- client_id: a\n  client_name: A\n"


def test_everything_is_told_at_once() -> None:
    """Each thing that is wrong has a line, a column, the way to it and a sentence; nothing hides behind another."""
    text = (
        "name: [a]\ncolour: red\nbranding: {}\nclients:\n- client_name: Shop\n  redirect_uri: https://a.example/\n"
        "  redirect_uris: https://a.example/\n  require_pkce: no\n  default_max_age: 010\n  access: {for: friends, groups: [1]}\n"
        "  claim_mappers: [{claim: team}]\n- Shop\nproviders: {}\npolicies:\n- name: weather\n  value: fine\n"
    )
    assert told(text) == [
        "1:7 name: A text is needed here.",
        "2:1 colour: There is no member of this name.",
        "3:1 branding: The brand is set by settings, for the whole server; leave the member away.",
        "5:3 clients[0].client_id: “client_id” is needed: The identifier: letters, digits and . _ ~ -",
        "6:3 clients[0].redirect_uri: There is no member of this name. Did you mean redirect_uris?",
        "7:18 clients[0].redirect_uris: A list is needed here: each item on a line of its own, behind “- ”.",
        "8:17 clients[0].require_pkce: Write true or false: “no” is one of them in YAML 1.1, and a text in YAML 1.2.",
        "9:20 clients[0].default_max_age: A whole number from 0 to 1000000000 is needed; some readers of YAML take 010 for octal.",
        "10:17 clients[0].access.for: Use one of: everybody, groups.",
        "10:35 clients[0].access.groups[0]: A text is needed here, and some readers of YAML take “1” for a number. Put it into quotes.",
        "11:19 clients[0].claim_mappers[0].source: “source” is needed: Where its value comes from.",
        *(line for line in told(text) if "claim_mappers[0].value" in line),
        "12:3 clients[1]: Members are needed here, each on a line of its own: “name: value”.",
        "13:12 providers: A list is needed here: each item on a line of its own, behind “- ”.",
        "15:9 policies[0].name: Use one of: second_factor, sign_up, terms, pushed_requests, audit_retention.",
        "16:10 policies[0].value: Use one of: nobody, administrators, everybody.",
    ]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("no", "true or false"), ("On", "true or false"), ("true", "true or false"), ("~", "no value"), ("Null", "no value"),
        ("42", "a number"), ("0777", "a number"), ("0o17", "a number"), ("0x1F", "a number"), ("1_000", "a number"),
        ("1.0", "a number"), ("12:30:45", "a number"), ("1e5", "a number"), (".inf", "a number"), ("2027-01-31", "a time"),
        ("<<", "a merge of other members"),
        ("norway", None), ("v1.0", None), ("https://a.example:8080/", None), ("1.2.3", None), ("/eng/1", None), ("10.0.0.0/8", None),
    ],
)  # fmt: skip
def test_what_readers_of_yaml_differ_about_needs_quotes(text: str, other: str | None) -> None:
    """A text without quotes that any version of YAML takes for something else is refused; in quotes it is the text that it is."""
    assert taken_for(text) == other
    if other not in (None, "no value"):
        (trouble,) = told(f"{CLIENT}  software_version: {text}\n")
        assert f"some readers of YAML take “{text}” for {other}" in trouble
    file, troubles = read(f"{CLIENT}  software_version: '{text}'\n")
    assert (troubles, file.entries["clients"][0].values["software_version"]) == ([], text)


def test_a_member_without_a_value_is_as_one_that_is_not_there() -> None:
    """A list whose items are all commented out, and a null, are nothing; of what is needed that is too little."""
    file, troubles = read(f"{CLIENT}  redirect_uris:\n  # - https://a.example/\n  logo_uri: null\n")
    assert (troubles, set(file.entries["clients"][0].values)) == ([], {"client_id", "client_name"})
    assert "“client_id” is needed" in told("clients:\n- client_id:\n  client_name: A\n")[0]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (SECRET, "does not stand in this file"),
        ("42", "does not stand in this file"),
        ("{env: SHOP_SECRET, file: x}", "either env or file"),
        ("{optional: true}", "either env or file"),
        ("{value: x}", "There is no member of this name"),
        ("{env: IDP_SECRET_KEY}", "does not begin with IDP_"),
        ("{env: two words}", "letters, digits and underscores"),
        ("{env: MISSING}", "The variable MISSING is not set"),
        ("{env: EMPTY}", "The variable EMPTY is not set"),
        ("{file: nowhere}", "There is no file"),
        ("{file: .}", "cannot be read"),
        ("{file: lines}", "is no secret"),
        ("{file: binary}", "no text in UTF-8"),
        ("{file: large}", "larger than 64 KiB"),
    ],
)
def test_a_secret_is_taken_by_reference_alone(tmp_path: Path, value: str, words: str) -> None:
    """A secret in the file itself is refused, and so is a reference that leads nowhere; what was found is in no sentence."""
    (tmp_path / "lines").write_text(f"{SECRET}\nand more\n")
    (tmp_path / "binary").write_bytes(b"\xff" + SECRET.encode())
    (tmp_path / "large").write_text(SECRET * 2000)
    troubles = told(f"{CLIENT}  client_secret: {value}\n", tmp_path, EMPTY="")
    assert any(words in trouble for trouble in troubles)
    assert all(trouble.startswith("4:") for trouble in troubles)
    assert SECRET not in "".join(troubles)


def test_references_lead_to_secrets(tmp_path: Path) -> None:
    """A secret comes from a variable, or a file beside the configuration, without its last line break; an optional one may be missing."""
    (tmp_path / "secret").write_text(f"{SECRET}\r\n")
    found = []
    for reference in ("{env: SHOP_SECRET}", "{file: secret}", "{env: MISSING, optional: true}"):
        file, troubles = read(f"{CLIENT}  client_secret: {reference}\n", tmp_path)
        assert troubles == []
        found.append(file.entries["clients"][0].secret)
    assert found == [SECRET, SECRET, None]


def test_groups_above_are_meant_too() -> None:
    """A group stands for those above it, each before those below, and one that is described stays so, wherever it stands."""
    file, troubles = read("groups:\n- path: eng/Backend/db\n- path: /Eng\n  description: Engineers\n")
    assert troubles == []
    assert [(entry.key, entry.is_implied) for entry in file.entries["groups"]] == [
        ("/eng", False),
        ("/eng/backend", True),
        ("/eng/backend/db", False),
    ]
