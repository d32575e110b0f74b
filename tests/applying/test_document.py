"""Reading a file: what is no YAML, what is too much, and what YAML would do beyond values is refused with its line and column."""

import pytest

from idp.applying import document
from tests.applying.bringing import read, told

DEEP = "clients: " + "[" * 40 + "]" * 40
LAUGHS = "\n".join(
    [
        "a: &a [" + "x, " * 60 + "x]",
        *(f"{n}: &{n} [" + f"*{p}, " * 60 + f"*{p}]" for p, n in zip("abcd", "bcde", strict=True)),
    ]
)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("clients: [\n  {client_id: a,\n", "3:1", "no YAML"),
        ("clients:\n\t- client_id: a\n", "2:1", "no YAML"),
        ("", "1:1", "nothing in the file"),
        ("# only a comment\n", "1:1", "nothing in the file"),
        ("groups: []\n---\ngroups: []\n", "2:1", "second document"),
        (b"groups:\n- path: /caf\xe9\n", "2:13", "not UTF-8"),
        ("groups:\n- path: /a\x07\n", "2:11", "control character"),
        ("groups: *nowhere\n", "1:9", "no &nowhere"),
        ("groups: &g [*g]\n", "1:13", "no &g"),
        (DEEP, "1:26", "levels deep"),
        (LAUGHS, "4:", "aliases stand for"),
        (b"#" * (document.LARGEST + 1), "1:1", "larger than 5 MiB"),
    ],
    ids=[
        "end",
        "tab",
        "empty",
        "comment",
        "documents",
        "latin1",
        "control",
        "alias",
        "circle",
        "deep",
        "laughs",
        "large",
    ],
)
def test_what_cannot_be_read_is_one_trouble_with_its_place(text: str | bytes, place: str, words: str) -> None:
    """A file that is no YAML, or larger than any that is meant, ends at the place from which it cannot be read."""
    (trouble,) = told(text)
    assert trouble.startswith(place)
    assert words in trouble


def test_tags_are_refused() -> None:
    """No tag makes anything: each is refused at its place, and the rest of the file is looked at."""
    troubles = told("groups:\n- path: !!python/object/apply:os.system [ls]\n- path: !env HOME\n  shoe: 1\n")
    assert [trouble.split(" ")[0] for trouble in troubles] == ["2:9", "2:9", "3:9", "4:3"]
    assert "Tags are not read here" in troubles[0] + troubles[2]


def test_what_is_there_twice_is_refused() -> None:
    """A member that is there twice is refused with the line of the first, and so is an entry, however its name is written."""
    text = "groups:\n- path: /eng\n  path: /ops\n- path: /ENG/\nroles:\n- name: a\n- name: a\n  client_id: shop\n- name: A\ngroups: []\n"
    assert told(text) == [
        "3:3 : “path” is there twice; the first is on line 2.",
        "4:3 groups[1]: groups has “/eng” twice; the first is on line 2.",
        "9:3 roles[2]: roles has “a” twice; the first is on line 6.",
        "10:1 : “groups” is there twice; the first is on line 1.",
    ]


def test_aliases_repeat_values() -> None:
    """An alias stands for what was written before; JSON is YAML, with a byte order mark, too."""
    file, troubles = read(
        '\ufeff{"clients": [{"client_id": "a", "client_name": &n "Shop"}, {"client_id": "b", "client_name": *n}]}'
    )
    assert troubles == []
    assert [entry.values for entry in file.entries["clients"]] == [
        {"client_id": "a", "client_name": "Shop"},
        {"client_id": "b", "client_name": "Shop"},
    ]
