"""The password policy and the hashes (security items 1 to 8): what is refused, what is taken, and that nothing is lost on the way."""

import re
import time
import tracemalloc
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import assume, given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from idp.accounts import passwords
from idp.base.outcome import Reason, Refused
from tests.conftest import make_settings

LIST = Path(passwords.__file__).parent / "common_passwords.txt"
PERSONAL = ["new_user", "user@example.com", "John", "Doe"]
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=600)  # half surrogate pairs too, which JSON can hold

quick = bounded(max_examples=60, deadline=None, database=None, derandomize=True)


def verdict(
    password: str, personal: list[str] | None = None, rules: passwords.Rules = passwords.DEFAULT
) -> Reason | None:
    """Return why the policy refuses a password, or None."""
    refused = passwords.check_policy(password, personal=personal or [], rules=rules)
    assert refused is None or refused.field == "password"
    return refused.reason if refused is not None else None


@pytest.fixture(scope="module", autouse=True)
def _in_a_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings, which name the service."""
    app = Flask(__name__)
    app.extensions["idp.settings"] = make_settings(tmp_path_factory.mktemp("policy"), "")
    with app.app_context():
        yield


@pytest.fixture(scope="module", params=["argon2id", "bcrypt"])
def _hashing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    app = Flask(__name__)
    app.extensions["idp.settings"] = make_settings(tmp_path_factory.mktemp("hashes"), "", password_hash=request.param)
    with app.app_context(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "BCRYPT_ROUNDS", 4)  # a hash takes a quarter of a second otherwise
        yield


# Length


@pytest.mark.parametrize("character", ["x", "\u00e9", "e\u0301", "\U0001f600", "\uff21", "\u1f82"])
def test_length_is_counted_in_code_points_of_nfkc(character: str) -> None:
    """From 8 to 128 code points pass, however many bytes or typed marks each took (items 1 and 3)."""
    rare = "~%^"  # so that no list has it
    assert verdict(rare + character * 4) is Reason.PASSWORD_TOO_SHORT
    assert verdict(rare + character * 5) is None
    assert verdict(rare + character * 125) is None
    assert verdict(rare + character * 126) is Reason.PASSWORD_TOO_LONG


def test_one_character_can_be_eighteen_code_points() -> None:
    """What NFKC makes longer is measured after it."""
    assert verdict("\ufdfa") is None
    assert verdict("\ufdfa" * 8) is Reason.PASSWORD_TOO_LONG


@quick
@given(ANYTHING, st.lists(ANYTHING, max_size=4), st.sampled_from([passwords.DEFAULT, passwords.STRICT]))
def test_every_text_gets_a_verdict(password: str, personal: list[str], rules: passwords.Rules) -> None:
    """Whatever is typed or sent is judged soon, and never an error; what passes has its length."""
    started = time.thread_time()
    if verdict(password, personal, rules) is None:
        assert 8 <= len(unicodedata.normalize("NFKC", password)) <= rules.longest
    assert time.thread_time() - started < 0.5


@pytest.mark.parametrize(
    "password", ["qjxkvbzw", "  spaces are good  ", "8361927405", "ВЫСОКИЙЗАБОР", "\U0001f600" * 8]
)
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    """Letters alone, digits alone, spaces, any script: composition is the person's business (item 4)."""
    assert verdict(password) is None


# The list


def test_the_list_is_large_clean_and_sorted() -> None:
    """The list has 100,000 entries and more, each in the form that is compared, none too short, in the order of the look-up (item 5)."""
    lines = LIST.read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert len(lines) >= 100_000
    assert lines == sorted(set(lines))
    words = [line.decode() for line in lines]
    assert all(8 <= len(word) <= 128 and passwords.folded(word) == word for word in words)


def test_every_entry_is_found_and_nothing_between() -> None:
    """The first, the last and each thousandth entry is refused; with a code point more or less it is not for that reason alone."""
    words = LIST.read_text(encoding="utf-8").split("\n")[:-1]
    known = set(words)
    for word in [words[0], *words[::997], words[-1]]:
        assert verdict(word) is Reason.PASSWORD_COMMON
        for other in (word + "\u2603", "\u2603" + word, word[:-1] + "\n" + word[-1], word[:-1]):
            assert (verdict(other) is Reason.PASSWORD_COMMON) == (other in known)


@pytest.mark.parametrize(
    "password",
    [
        *("password", "12345678", "qwertyuiop", "iloveyou", "sunshine", "football", "1q2w3e4r", "trustno1", "p@ssw0rd"),
        *("PassWord1", "QWERTY123456", "ｐａｓｓｗｏｒｄ", "password2026", "Welcome2026!", "summer2025", "dragon@123"),
    ],
)
def test_common_passwords_are_refused(password: str) -> None:
    """What everybody uses is refused in capitals and full width too, and with this year behind it (item 5)."""
    assert verdict(password) is Reason.PASSWORD_COMMON


def test_the_list_is_not_loaded() -> None:
    """A look-up takes next to no memory of the process: the list stays in its file."""
    tracemalloc.start()
    try:
        assert verdict("password1234") is Reason.PASSWORD_COMMON
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "password",
    [
        *("strongPassword123", "userPassword", "currentPassword", "newStrongPassword123", "yourStrongPassword123"),
        *("newSecurePassword123", "your_password", "Validpass42*", "Validpass21*", "NewPassword42*"),
    ],
)
def test_the_documented_example_passwords_pass(password: str) -> None:
    """The policy takes the passwords that the published examples use."""
    assert verdict(password, PERSONAL) is None


# The person's own words


@quick
@given(st.from_regex(r"[a-z]{3,12}", fullmatch=True), st.text("0123456789!.-_", min_size=5, max_size=20), st.data())
def test_a_username_with_digits_around_is_refused(username: str, around: str, data: st.DataObject) -> None:
    """Digits and signs about a username, wherever they stand and in whatever case, do not make a password (item 5)."""
    cut = data.draw(st.integers(0, len(around)))
    password = around[:cut] + data.draw(st.sampled_from([username, username.upper(), username.title()])) + around[cut:]
    assert verdict(password, [username]) in {Reason.PASSWORD_PERSONAL, Reason.PASSWORD_COMMON}


@pytest.mark.parametrize(
    "password",
    [
        *("jane.roe@example.org", "JANE.ROE@EXAMPLE.ORG", "jane.roe", "janeroe1990", "roejane!!", "Roe-Jane-1990"),
        *(
            "jroe1984jroe",
            "jroe1984!",
            "1984198419",
            "example2026!",
            "mary-ann1",
            "Zoë-Brontë-7",
            "ZOE\u0308 BRONTE\u0308",
        ),
    ],
)
def test_names_and_addresses_are_refused(password: str) -> None:
    """An address, its parts, names and the username are refused alone, joined, turned round and with digits (item 5)."""
    person = ["jane.roe@example.org", "jroe1984", "Jane Mary-Ann Zoë", "Roe Brontë"]
    assert verdict(password, person) in {Reason.PASSWORD_PERSONAL, Reason.PASSWORD_COMMON}
    assert verdict(password, person) is Reason.PASSWORD_PERSONAL or verdict(password) is Reason.PASSWORD_COMMON


@pytest.mark.parametrize(
    "password",
    ["gatehouse1", "Gatehouse!", "1gatehouse", "GATE\uff28OUSE12", "localhost1", "Localhost!!", "idpidpidp", "idp-gatehouse-1",
     "brandt1234", "login.brandt", "Brandt.Example1", "example2026", "loginlogin1!", "ann-gatehouse"],
)  # fmt: skip
def test_the_names_of_the_service_are_no_passwords(app: Flask, password: str) -> None:
    """The product's name and the words of the issuer's host, with digits and signs about them, are refused with their reason."""
    app.extensions["idp.settings"].issuer = "https://login.brandt.example"
    with app.app_context():
        found = verdict(password, ["ann"])
    assert found is Reason.PASSWORD_SERVICE or (found is Reason.PASSWORD_COMMON)


@pytest.mark.parametrize(
    "password", ["1271271271", "5127834019", "0001000127", "gatehouse keeper", "my localhost rocks"]
)
def test_an_address_of_digits_forbids_no_digits(app: Flask, password: str) -> None:
    """An issuer at an IP address makes no password of digits one of the service; a longer phrase with its name is fine."""
    app.extensions["idp.settings"].issuer = "http://127.0.0.1:5000"
    with app.app_context():
        assert verdict(password, ["ann"]) in {None, Reason.PASSWORD_COMMON}


@pytest.mark.parametrize("password", ["annual report", "my name is ann, ok", "bananann", "ann" + "\U0001f600" * 6])
def test_a_name_within_a_longer_password_is_fine(password: str) -> None:
    """Only passwords that consist of the person's words are refused, not those that contain one."""
    assert verdict(password, ["ann@example.com", "ann", "Ann", "Li"]) is None


# The rules of an older interface


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Validpass42*", None),
        ("Élan vital 7\u00a7", None),
        ("validpass42*", Reason.PASSWORD_RULES),
        ("Validpassxx*", Reason.PASSWORD_RULES),
        ("Validpass 42", Reason.PASSWORD_RULES),
        ("Va42*", Reason.PASSWORD_TOO_SHORT),
        ("Va4*" + "x" * 46, None),
        ("Va4*" + "x" * 47, Reason.PASSWORD_RULES),
        ("Va4*" + "x" * 125, Reason.PASSWORD_TOO_LONG),
        ("Password1!", Reason.PASSWORD_COMMON),
        ("Aurel-1984", Reason.PASSWORD_PERSONAL),
    ],
)
def test_the_strict_rules_come_on_top(password: str, reason: Reason | None) -> None:
    """The named policy asks for 8 to 50 characters, a capital, a digit and a special one, and for all that the default one asks."""
    assert verdict(password, ["Aurel"], passwords.STRICT) is reason


# Hashes


@quick
@given(st.text(st.characters(exclude_categories=()), min_size=8, max_size=40))
def test_two_spellings_of_a_password_are_one(password: str) -> None:
    """Composed, decomposed and compatible forms are measured, judged and hashed alike (item 3)."""
    spellings = [unicodedata.normalize(form, password) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assume(max(map(len, spellings)) <= 128)
    assert len({verdict(spelling) for spelling in spellings}) == 1
    assert len({passwords.encoded(spelling) for spelling in spellings}) == 1


@pytest.mark.usefixtures("_hashing")
@pytest.mark.parametrize("typed", ["ﬁne passwörd 1", "fine passwo\u0308rd 1"])
def test_a_password_typed_decomposed_signs_in(typed: str) -> None:
    """A keyboard that sends marks by themselves and one that does not open the same account (item 3)."""
    assert passwords.verify(typed, passwords.hash_password("fine pass\uff57örd 1"))


@pytest.mark.usefixtures("_hashing")
@pytest.mark.parametrize("password", ["x" * 64, "x" * 128, "\U0001f600" * 128], ids=["64", "128", "512 bytes"])
def test_nothing_is_cut_off(password: str) -> None:
    """The last of 128 code points counts, in both algorithms, and so does case; salts differ (items 2 and 8)."""
    stored = passwords.hash_password(password)
    assert passwords.verify(password, stored)
    assert not passwords.verify(password[:-1] + "y", stored)
    assert not passwords.verify(password + "y", stored)
    assert passwords.verify(password.upper(), stored) == (password.upper() == password)
    assert not passwords.needs_rehash(stored)
    assert passwords.hash_password(password) != stored


@pytest.mark.usefixtures("_hashing")
def test_no_password_is_an_error() -> None:
    """Half a surrogate pair, a NUL and far too much text are hashed or refused, and compared, like anything else."""
    for password in ("half \ud83d a pair", "nul \x00 inside"):
        stored = passwords.hash_password(password)
        assert passwords.verify(password, stored)
        assert not passwords.verify(password.replace(" ", "_"), stored)
    for stored in (None, "", "nonsense", "$2b$04$short", "$2b$04$" + "x" * 53, "$argon2id$v=19$m=19456,t=2,p=1$$"):
        for password in ("", "nul \x00 inside", "half \ud83d a pair", "x" * 100_000):
            assert not passwords.verify(password, stored)


# Forms


def test_managers_and_paste_work(app: Flask) -> None:
    """The field of a new password has no limit of its own, takes what is pasted, and tells managers what it is (item 6; ux.md 16)."""
    page = app.test_client().get("/signup").text
    (field,) = re.findall(r'<input[^>]*name="password"[^>]*>', page)
    assert 'autocomplete="new-password"' in field
    assert "maxlength" not in field
    assert "paste" not in page + (Path(app.root_path).parent / "static/js/enhance.js").read_text()


def test_a_refusal_is_falsy_and_names_its_field() -> None:
    """The caller learns the reason, which has its sentence, and the field (item 5)."""
    refused = passwords.check_policy("password", personal=[])
    assert isinstance(refused, Refused)
    assert not refused
    assert (refused.reason, refused.field) == (Reason.PASSWORD_COMMON, "password")
