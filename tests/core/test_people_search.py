"""Finding people, clients and mails by any of their words, whatever case and accents, on both databases."""

from collections.abc import Iterator
from itertools import count

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from idp.accounts import details, erasure, lookup, service, words
from idp.accounts.models import Account, AccountWord
from idp.accounts.service import Profile
from idp.base import derived, finding
from idp.base.database import commit, session
from idp.clients import service as clients
from idp.clients.metadata import Metadata
from idp.groups import members, reach
from tests.base import plans
from tests.groups.making import group


@pytest.fixture(autouse=True)
def _in_app(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # A subject is a word like others: one by chance could begin as a word that a test looks for.
    numbers = count(1)
    monkeypatch.setattr(service.crypto, "new_identifier", lambda: f"9{next(numbers):021}")
    with app.app_context():
        yield


def add(email: str, given: str = "", family: str = "", username: str | None = None) -> Account:
    """Add a person."""
    account = service.create(email, password_hash=None, profile=Profile(given, family, username))
    assert isinstance(account, Account), account
    commit()
    return account


def found(term: str) -> list[str]:
    """Return the addresses of whom a search finds."""
    return [account.email for account in lookup.search(term, 100).rows()]


@pytest.fixture
def carla() -> Account:
    """Carla Müller, among others."""
    carla = add("cm@example.org", "Carla", "Müller", "muellerin")
    add("c2@example.org", "Carla", "Schmidt")
    add("m2@example.org", "Anton", "Müller")
    return carla


@pytest.mark.parametrize(
    "term",
    ["Carla Müller", "müller carla", "MULLER CARLA", "Mu\u0308ller, Carla", "carla mull", "cm@example.org", "cm@EXAMPLE.org muller",
     "muellerin", "Carla cm", "ＣＡＲＬＡ ｍüller", "  carla\u00a0müller "],
)  # fmt: skip
def test_any_words_in_any_order(carla: Account, term: str) -> None:
    """Words of names, username and address are found together, in any order, by their beginnings."""
    assert found(term) == [carla.email]


def test_by_sub(carla: Account) -> None:
    """The subject of the tokens finds its person."""
    assert found(carla.sub) == [carla.email]


@pytest.mark.parametrize(
    ("given", "family", "terms"),
    [
        ("Иван", "Иванов", ["иванов", "ИВАНОВ", "иван ИВАН"]),
        ("Ὀδυσσεύς", "ΛΑΈΡΤΙΟΣ", ["ΟΔΥΣΣΕΥΣ", "οδυσσευς", "λαερτιος"]),
        ("Jürgen", "Groß", ["gross", "GROSS", "groß", "GROẞ jurgen"]),
        ("İsmail", "Işık", ["ismail isik", "ISMAIL", "ışık"]),
        ("Łukasz", "Błaszczyk", ["lukasz blaszczyk", "ŁUKASZ"]),
        ("می\u200cخواهم", "", ["میخواهم", "می\u200cخواهم"]),
        ("太郎", "山田", ["山田", "太郎 山田"]),
        ("Anne-Marie", "O’Brien", ["anne marie brien", "o'brien", "Anne-Marie"]),
    ],
)
def test_every_script_has_its_case(given: str, family: str, terms: list[str]) -> None:
    """Cyrillic, Greek, German, Turkish, Polish, Persian and Japanese names are found in any spelling of theirs."""
    add("x@example.org", given, family)
    for term in terms:
        assert found(term) == ["x@example.org"], term


@pytest.mark.parametrize("term", ["%", "_", "%%", "c_rla", "'", "\\", "/", "müller xyz", "arla"])
def test_nothing_stands_for_anything(carla: Account, term: str) -> None:
    """No character of a search stands for others, signs alone find nobody, and every word must be there."""
    assert found(term) == []
    assert carla.email in found("carl%")  # the sign is none, the letters are a beginning


def test_nothing_finds_everybody(carla: Account) -> None:
    """An empty search lists all, in the order of their accounts."""
    assert found("") == [carla.email, "c2@example.org", "m2@example.org"]
    assert found("   ") == found("")


def test_the_words_follow_every_change(carla: Account) -> None:
    """A changed name, username, address, nickname and subject are found at once, and the former no more."""
    assert service.change_profile(carla, Profile("Karla", "Maier", "km"), more={"nickname": "Zaza"}) == []
    carla.email, carla.sub = "new@example.net", "anothersubject"
    commit()
    for term in ("karla maier", "km", "zaza", "new", "example.net", "anothersubject"):
        assert found(term) == ["new@example.net"], term
    for term in ("muellerin", "carla muller", "cm"):
        assert found(term) == [], term
    assert details.texts(carla.details)["nickname"] == "Zaza"


def test_a_refused_change_leaves_the_words(carla: Account) -> None:
    """What is rolled back, as for a username that somebody has, is found by no new word."""
    add("bob@example.org", username="bob")
    carla.given_name = "Berta"
    session().flush()
    session().rollback()
    assert found("berta") == []
    assert found("carla muller") == [carla.email]


def test_nothing_is_left_of_an_erased_person(carla: Account) -> None:
    """Erasure takes the words along, of this person alone."""
    erasure.remove(carla)
    commit()
    assert found("carla") == ["c2@example.org"]
    assert session().scalar(select(func.count()).where(AccountWord.account_id == carla.id)) == 0


def test_a_search_reads_an_index(app: Flask, carla: Account) -> None:
    """A search by a word asks the index of words, and no table is read from end to end for it."""
    for number in range(300):
        add(f"p{number}@example.net", f"Name{number}", "Other")
    with plans.recorded(app, in_requests=False) as statements:
        assert lookup.search("muller carla", 100).rows() == [carla]
        assert len(lookup.search("p example", 100).rows()) == 100
    session().rollback()
    assert len(statements) >= 4
    assert plans.wrong(app, statements, 400) == []


def test_usernames_are_found_by_a_part() -> None:
    """The older interface finds usernames that contain a text in any case, in order, and takes no sign for a wildcard."""
    for username in ("Aurel2", "xaurel", "AUREL", "a_b", "other"):
        add(f"{username}@example.org", username=username)
    assert lookup.search_usernames("aurel") == ["AUREL", "Aurel2", "xaurel"]
    assert lookup.search_usernames("ＵＲＥ") == ["AUREL", "Aurel2", "xaurel"]
    assert lookup.search_usernames("a_b") == ["a_b"]
    for term in ("_", "%", "", "  "):
        assert lookup.search_usernames(term) == (["a_b"] if term == "_" else []), term


def test_clients_are_found_in_every_script() -> None:
    """A client is found by words of its name in any case and by its identifier, and the list goes by name."""
    for number, name in enumerate(["Магазин Книг", "Bücher Groß", "apple 100%", "Zebra"]):
        assert isinstance(
            clients.register(Metadata(name, ["https://rp.example/cb"]), client_id=f"Client{number}"), tuple
        )
    commit()

    def names(term: str) -> list[str]:
        return [row.client_name for row in clients.search(term, 100).rows()]

    assert names("") == ["apple 100%", "Bücher Groß", "Zebra", "Магазин Книг"]
    assert names("МАГАЗИН") == names("книг магаз") == ["Магазин Книг"]
    assert names("gross bucher") == ["Bücher Groß"]
    assert names("%") == []
    assert names("client3") == ["Zebra"]
    assert names("_") == []


def test_common_words_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a word that many have, those who are looked at first are found, and that there may be more is said; a rarer one finds all."""
    monkeypatch.setattr(finding, "MANY", 40)
    for number in range(60):
        add(f"x{number}@example.org", "Anna", "Müller" if number % 2 else "Maier", username=f"user{number}")
    add("annabel@example.org", "Annabel", "Maier")

    search = lookup.search("anna", 100)
    assert (len(search.keys), search.is_cut_off) == (40, True)
    assert {account.given_name for account in search.rows()} == {"Anna"}  # before those whose word goes on

    search = lookup.search("maier anna", 100)  # 31 and 61: the rarer is read whole
    assert (len(search.keys), search.is_cut_off) == (31, False)
    assert search.rows() == sorted(search.rows(), key=lambda account: account.id)

    assert lookup.search("anna example", 100).is_cut_off
    assert (lookup.search("example annabel", 100).keys, lookup.search("user7 anna muller", 1).is_cut_off) == (
        [search.keys[-1]],
        False,
    )
    assert (len(lookup.search("maier", 10).keys), lookup.search("maier", 10).is_cut_off) == (10, True)
    assert (len(lookup.search("", 61).keys), lookup.search("", 61).is_cut_off) == (61, False)
    assert (len(lookup.search("", 60).keys), lookup.search("", 60).is_cut_off) == (60, True)


def test_only_the_first_of_many_usernames_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among more usernames than are read, those that begin with a text are found, wherever they stand in the order."""
    monkeypatch.setattr(lookup, "MOST_READ", 3)
    for username in ("aa", "abz", "ac", "zack", "zz"):
        add(f"{username}@example.org", username=username)
    assert lookup.search_usernames("z") == ["abz", "zack", "zz"]
    assert lookup.search_usernames("ac") == ["ac"]


def test_words_of_an_earlier_version_are_caught_up_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many accounts a node of an earlier version made, and however few at a time: all of them get their words."""
    monkeypatch.setattr(derived, "WINDOW", 2)
    accounts = [add(f"p{number}@example.org", f"Name{number}") for number in range(9)]
    newest = [account.id for account in accounts[2:]]
    session().execute(delete(AccountWord).where(AccountWord.account_id.in_(newest)))
    commit()
    assert found("name8") == []
    assert [words.catch_up(3) for _batch in range(4)] == [3, 3, 1, 0]
    for number in range(9):
        assert found(f"name{number}") == [f"p{number}@example.org"]


def test_a_search_among_a_groups_people_reads_indexes(app: Flask, carla: Account) -> None:
    """People of a group, with or without words, are found by the indexes of the tree, of memberships and of words."""
    people = [add(f"p{number}@example.net", f"Name{number}", "Other").id for number in range(300)]
    above, inside, others = group("/eng").id, group("/eng/backend").id, [group(f"/g{n}").id for n in range(20)]
    members.add_new([(one, inside) for one in people[::30]])
    members.add_new([(one, others[one % 20]) for one in people])
    commit()
    with plans.recorded(app, in_requests=False) as statements:
        assert len(reach.search([above], "", 100).rows()) == 10
        assert len(reach.search([above], "other", 100).rows()) == 10
        assert [one.email for one in reach.search([above], "name30", 100).rows()] == ["p30@example.net"]
        assert reach.search([above], "carla", 100).rows() == []
    session().rollback()
    assert plans.wrong(app, statements, 400) == []
