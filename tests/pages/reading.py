"""A page as tests read it: its elements in order, what is inside what, and the controls that people see."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNSEEN = {"hidden", "submit", "button"}


@dataclass
class Element:
    """One element, with its place in the page."""

    tag: str
    attributes: dict[str, str]
    place: int
    inside: "Element | None" = None
    texts: list[str] = field(default_factory=list)
    children: "list[Element]" = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def text(self) -> str:
        """What stands in it, without tags and stray spaces."""
        return " ".join(" ".join(self.texts).split())

    @property
    def tokens(self) -> list[str]:
        """The words of its `autocomplete`."""
        return self["autocomplete"].split()

    def walk(self) -> "Iterator[Element]":
        """Return it and everything inside."""
        yield self
        for child in self.children:
            yield from child.walk()

    def within(self, tag: str) -> "Element | None":
        """Return the nearest element of that tag around it."""
        outer = self.inside
        while outer is not None and outer.tag != tag:
            outer = outer.inside
        return outer


class Page(HTMLParser):
    """A parsed page."""

    def __init__(self, name: str, html: str) -> None:
        super().__init__()
        self.name, self.html = name, html
        self._open: list[Element] = [Element("page", {}, 0)]
        self._count = 0
        self.feed(html)
        self.elements = list(self._open[0].walk())[1:]

    def handle_starttag(self, tag: str, attrs: "list[tuple[str, str | None]]") -> None:
        """Open an element."""
        self._count += 1
        outer = self._open[-1]
        made = Element(tag, {name: value or "" for name, value in attrs}, self._count, outer)
        outer.children.append(made)
        if tag not in VOID:
            self._open.append(made)

    def handle_startendtag(self, tag: str, attrs: "list[tuple[str, str | None]]") -> None:
        """Take an element that is closed at once, as in SVG."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        assert self._open[-1].tag == tag, f"{self.name}: </{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Note a text with every element around it."""
        for element in self._open:
            element.texts.append(data)

    def all(self, *tags: str) -> list[Element]:
        """Return the elements of these tags, in order."""
        return [element for element in self.elements if element.tag in tags]

    def one(self, tag: str) -> Element:
        """Return the one element of a tag."""
        (found,) = self.all(tag)
        return found

    def by_id(self, identifier: str) -> Element:
        """Return the element of an identifier."""
        (found,) = [element for element in self.elements if element["id"] == identifier]
        return found

    @property
    def title(self) -> str:
        """The page's title, without the provider's name."""
        return self.all("title")[0].text.removesuffix("– Gatehouse").strip()

    @property
    def controls(self) -> list[Element]:
        """What people fill in."""
        found = [element for element in self.all("input", "select", "textarea") if element["type"] not in UNSEEN]
        return [element for element in found if "hidden" not in element.attributes]

    def of_type(self, kind: str) -> list[Element]:
        """Return the controls of a type."""
        return [element for element in self.controls if element["type"] == kind]

    @property
    def codes(self) -> list[Element]:
        """The controls that take a code."""
        return [element for element in self.controls if "one-time-code" in element.tokens]
