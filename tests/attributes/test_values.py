"""What an attribute may be, and what may stand in one: by itself, without a database."""

import pytest
from flask import Flask

from idp.attributes import definition, values
from idp.attributes.definition import Definition
from idp.base.outcome import Reason

GOOD = Definition("department", "choice", choices=("Sales", "IT"))


@pytest.mark.parametrize(
    ("wrong", "member"),
    [
        (Definition("Department"), "name"),
        (Definition("email"), "name"),
        (Definition("locality"), "name"),
        (Definition("x" * 65), "name"),
        (Definition("shoe", "size"), "kind"),
        (Definition("shoe", "standard"), "name"),
        (Definition("shoe", label="x" * 101), "label"),
        (Definition("shoe", about="a\u202eb"), "about"),
        (Definition("shoe", "choice"), "choices"),
        (Definition("shoe", "choice", choices=("Red", "RED")), "choices"),
        (Definition("shoe", "choice", choices=("x" * 101,)), "choices"),
        (Definition("shoe", "choice", choices=tuple(map(str, range(101)))), "choices"),
        (Definition("shoe", "text", choices=("Red",)), "choices"),
        (Definition("shoe", "choice", choices=("Red",), minimum="1"), "minimum"),
        (Definition("shoe", "number", minimum="few"), "minimum"),
        (Definition("shoe", "number", minimum="2", maximum="1.5"), "maximum"),
        (Definition("shoe", "date", maximum="2027-02-30"), "maximum"),
        (Definition("shoe", "text", maximum="301"), "maximum"),
        (Definition("shoe", "text", minimum="0"), "minimum"),
        (Definition("shoe", seen_by="anybody"), "seen_by"),
        (Definition("shoe", seen_by="administrators"), "edited_by"),
        (Definition("shoe", edited_by="administrators", at_sign_up=True), "at_sign_up"),
        (Definition("shoe", position=1001), "position"),
    ],
)
def test_what_is_no_attribute(app: Flask, wrong: Definition, member: str) -> None:
    """Each fault of a definition is refused, with the member and a sentence."""
    with app.test_request_context():
        refusals = definition.check(definition.tidy(wrong))
    assert {(refused.reason, refused.field) for refused in refusals} == {(Reason.POLICY_INVALID, member)}
    assert all(refused.detail for refused in refusals)


def test_what_is_one(app: Flask) -> None:
    """A definition is tidied, its label is its name where it has none, and a standard field keeps what says something of it."""
    told = definition.tidy(Definition("department", "choice", choices=(" Sales ", "", "IT"), about=" Yours. "))
    assert (told.label, told.choices, told.about) == ("department", ("Sales", "IT"), "Yours.")
    standard = definition.tidy(
        Definition("address.country", "standard", label="x", required=True, seen_by="administrators")
    )
    assert standard == Definition("address.country", "standard", required=True)
    with app.test_request_context():
        assert definition.check(told) == definition.check(standard) == []
    assert (standard.is_custom, standard.is_asked, standard.is_demanded) == (False, True, True)


@pytest.mark.parametrize(
    ("rule", "text", "kept"),
    [
        (Definition("a"), "  Zoë\u00a0B ", "Zoë B"),
        (Definition("a", minimum="3"), "ab", None),
        (Definition("a", maximum="3"), "abcd", None),
        (Definition("a"), "x" * 301, None),
        (Definition("a"), "a\x07b", None),
        (Definition("a", "number"), "42", 42),
        (Definition("a", "number"), "-4,50", -4.5),
        (Definition("a", "number"), "٤٢", 42),
        (Definition("a", "number"), "1e3", None),
        (Definition("a", "number"), "1" * 16, None),
        (Definition("a", "number"), "0.1234567890123456", None),
        (Definition("a", "number", minimum="1", maximum="2.5"), "2.5", 2.5),
        (Definition("a", "number", minimum="1"), "0.9", None),
        (Definition("a", "number", maximum="2.5"), "2.6", None),
        (GOOD, "IT", "IT"),
        (GOOD, "it", None),
        (Definition("a", "date"), "2027-01-31", "2027-01-31"),
        (Definition("a", "date"), "31.1.2027", None),
        (Definition("a", "date"), "2027-02-30", None),
        (Definition("a", "date", minimum="2027-01-01"), "2026-12-31", None),
        (Definition("a", "date", maximum="2027-01-01"), "2027-01-02", None),
    ],
)
def test_what_stands_in_one(app: Flask, rule: Definition, text: str, kept: object) -> None:
    """A text is kept as its kind and bounds say, and shown as somebody would type it; everything else is told to be wrong."""
    with app.test_request_context():
        found = values.read(rule, text)
    assert isinstance(found, values.Wrong) if kept is None else found == kept
    if kept is not None:
        with app.test_request_context():
            assert values.read(rule, values.show(kept)) == kept


def test_the_standard_fields_are_those_of_the_profile() -> None:
    """Every standard claim of a profile can be required, and nothing else."""
    from idp.accounts import details, lacking

    assert set(definition.STANDARD) == {*lacking.OF_ACCOUNT, *(rule.name for rule in details.RULES)}
