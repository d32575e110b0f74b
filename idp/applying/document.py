"""A file as a tree of nodes that know where they stand: YAML, of which JSON is a part, read event by event.

Nothing in a file can run or grow: tags are refused, an alias counts as all that it stands for, and size, depth and number of nodes have
bounds. Twice the same member is refused. What the nodes mean is said by `kinds` and `form`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

LARGEST = 5 * 1024 * 1024  # bytes
MOST_NODES = 300_000
DEEPEST = 16
UNFIT = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\ufffe\\uffff]")
PLAIN_TAGS = frozenset({"!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"})


@dataclass(frozen=True, order=True)
class Place:
    """A place in the file; line and column are counted from 1, and a line of 0 is nowhere in it."""

    line: int = 0
    column: int = 0


@dataclass(frozen=True, order=True)
class Trouble:
    """What is wrong, and where: a place, the way to the member, and a sentence."""

    place: Place
    path: str
    sentence: str


class Unreadable(Exception):
    """Nothing can be read from some place on."""

    def __init__(self, place: Place, sentence: str) -> None:
        super().__init__(sentence)
        self.trouble = Trouble(place, "", sentence)


@dataclass(frozen=True)
class Scalar:
    """One value; `is_plain` where it stands without quotes."""

    place: Place
    text: str
    is_plain: bool
    weight: int = 1


@dataclass(frozen=True)
class Listed:
    """A list."""

    place: Place
    items: tuple["Node", ...]
    weight: int


@dataclass(frozen=True)
class Mapped:
    """Members, each once, in their order."""

    place: Place
    members: tuple[tuple[Scalar, "Node"], ...]
    weight: int


Node = Scalar | Listed | Mapped


def read(content: bytes) -> tuple[Node, list[Trouble]]:
    """Return the one document of a file, and what is wrong with it although it can be read.

    Raises:
        Unreadable: it is no YAML, or larger than any that is meant here.
    """
    text = _decode(content)
    builder = _Builder()
    try:
        events = iter(yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)))
        node = builder.read(events)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark is not None else Place(1, 1)
        raise Unreadable(place, f"This is no YAML: {error.problem or error.context}.") from None
    except (yaml.YAMLError, RecursionError):
        raise Unreadable(Place(1, 1), "This is no YAML.") from None
    return node, builder.troubles


def _decode(content: bytes) -> str:
    if len(content) > LARGEST:
        raise Unreadable(Place(1, 1), f"The file is larger than {LARGEST // 1024 // 1024} MiB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace")
        raise Unreadable(_end_of(before), "The file is not UTF-8 from here on.") from None
    unfit = UNFIT.search(text)
    if unfit is not None:
        raise Unreadable(_end_of(text[: unfit.start()]), "A control character stands here, which YAML does not allow.")
    return text


def _end_of(text: str) -> Place:
    return Place(text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1)


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


class _Builder:
    """Builds nodes from events; its own depth is bounded, whatever the file has."""

    def __init__(self) -> None:
        self.troubles: list[Trouble] = []
        self._anchors: dict[str, Node] = {}
        self._weight = 0

    def read(self, events: Iterator[Any]) -> Node:
        """Return the document that the events of the parser make."""
        node: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if node is not None:
                    raise Unreadable(_place(event), "A second document begins here. Put everything into one.")
                node = self._build(next(events), events, 0)
        if node is None or (isinstance(node, Scalar) and node.is_plain and not node.text):
            raise Unreadable(Place(1, 1), "There is nothing in the file.")
        return node

    def _build(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        if depth > DEEPEST:
            raise Unreadable(_place(event), f"This is nested more than {DEEPEST} levels deep.")
        if isinstance(event, yaml.AliasEvent):
            return self._repeat(event)
        if event.tag is not None and event.tag not in PLAIN_TAGS:
            sentence = "Tags are not read here: leave the word with the exclamation mark away."
            self.troubles.append(Trouble(_place(event), "", sentence))
        if isinstance(event, yaml.ScalarEvent):
            node: Node = Scalar(_place(event), event.value, not event.style)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._build_list(event, events, depth)
        else:
            node = self._build_mapping(event, events, depth)
        self._count(1, node.place)
        if event.anchor:
            self._anchors[str(event.anchor)] = node
        return node

    def _build_list(self, start: Any, events: Iterator[Any], depth: int) -> Listed:
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._build(event, events, depth + 1))
        return Listed(_place(start), tuple(items), 1 + sum(item.weight for item in items))

    def _build_mapping(self, start: Any, events: Iterator[Any], depth: int) -> Mapped:
        members: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._build(event, events, depth + 1)
            value = self._build(next(events), events, depth + 1)
            if not isinstance(key, Scalar):
                self.troubles.append(Trouble(key.place, "", "The name of a member is a text."))
            elif key.text in members:
                first = members[key.text][0].place.line
                sentence = f"“{shorten(key.text)}” is there twice; the first is on line {first}."
                self.troubles.append(Trouble(_place(event), "", sentence))
            else:
                members[key.text] = (key, value)
        pairs = tuple(members.values())
        return Mapped(_place(start), pairs, 1 + sum(1 + value.weight for _key, value in pairs))

    def _repeat(self, event: Any) -> Node:
        """Return what an alias stands for, which counts once more."""
        node = self._anchors.get(str(event.anchor))
        if node is None:
            raise Unreadable(_place(event), f"There is no &{shorten(str(event.anchor))} that ends before this alias.")
        self._count(node.weight, _place(event))
        return node

    def _count(self, more: int, place: Place) -> None:
        self._weight += more
        if self._weight > MOST_NODES:
            raise Unreadable(place, f"There are more than {MOST_NODES} values, with what aliases stand for.")


def shorten(text: str) -> str:
    """Return the beginning of a text from a file, as a message may name it."""
    shown = "".join(c if c.isprintable() else "?" for c in text[:50])
    return f"{shown}…" if len(text) > 50 else shown
