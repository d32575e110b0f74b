"""What every page looks like whose form was refused (docs/ux.md)."""

from tests.pages.inventory import Inventory
from tests.pages.reading import Element, Page


def problems(page: Page) -> list[Element]:
    """Return the entries of the summary of what is wrong."""
    return [element for element in page.by_id("error-summary").walk() if element.tag == "li"]


def wrong(page: Page) -> list[Element]:
    """Return the fields that are marked as wrong."""
    return [control for control in page.controls if control["aria-invalid"] == "true"]


def test_a_summary_stands_first(house: Inventory) -> None:
    """What is wrong is summed up above the heading, announced, able to take the focus, and leads to the fields (ux.md 20)."""
    for page in house.refused.values():
        summary = page.by_id("error-summary")
        assert (summary["role"], summary["tabindex"]) == ("alert", "-1"), page.name
        assert [e.text for e in summary.walk() if e.tag == "h2"] == ["There is a problem"], page.name
        assert summary.place < page.one("h1").place, page.name
        assert problems(page), page.name
        for link in (element for element in summary.walk() if element.tag == "a"):
            assert page.by_id(link["href"].removeprefix("#")) in page.controls, f"{page.name}: {link['href']}"


def test_the_same_words_stand_at_the_field(house: Inventory) -> None:
    """The title begins with "Error:", and what the summary says of a field stands at that field in the same words (ux.md 21)."""
    for page in house.refused.values():
        assert page.title.startswith("Error: "), page.name
        for link in (element for entry in problems(page) for element in entry.walk() if element.tag == "a"):
            name = link["href"].removeprefix("#").removesuffix("-0")
            assert link.text in page.by_id(f"{name}-error").text, f"{page.name}: {name}"
    for page in house.pages.values():
        assert not page.title.startswith("Error"), page.name


def test_wrong_fields_are_marked_and_described(house: Inventory) -> None:
    """A wrong field says so and is described by its message; the fields that are right are not marked (ux.md 22)."""
    marked = 0
    for page in house.refused.values():
        for control in wrong(page):
            marked += 1
            assert f"{control['id']}-error" in control["aria-describedby"].split(), f"{page.name}: {control['name']}"
    assert marked > 15
    assert [control for page in house.pages.values() for control in wrong(page)] == []


def test_what_was_typed_stays_but_for_passwords(house: Inventory) -> None:
    """A refused form keeps names and addresses, and never a password (ux.md 19)."""
    assert house.refused["/signin?next=/account"].by_id("username")["value"] == "ann"
    assert house.refused["/signup"].by_id("email")["value"] == "no address"
    assert house.refused["/signup"].by_id("username")["value"] == "no name!"
    for page in house.all:
        assert [control["name"] for control in page.of_type("password") if control["value"]] == [], page.name
