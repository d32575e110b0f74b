"""Hashes that other software made verify here, cost no more than they may, and nothing that is written in their place ever raises.

Those of Django 5.2, Werkzeug 3.1, passlib 1.7 and argon2-cffi were made by these very libraries; Keycloak's are in `tests/importing`.
"""

import base64
import hashlib
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from idp.accounts import credentials, foreign_hashes
from idp.accounts.foreign_hashes import Unfit, kept
from idp.accounts.models import Account
from idp.base import database
from idp.base.outcome import Reason, Refused

PASSWORD = "Tr0ub4dor & 3 – Ünïcøde"
MADE = {
    "django pbkdf2_sha256": "pbkdf2_sha256$1000$saltsaltsalt$W6Agm9bht9DyHYpkaQ47/LVOwZTbaGe9YRVJV2w1JVw=",
    "django, as many iterations as 5.2 has": (
        "pbkdf2_sha256$1000000$saltsaltsalt$JbvSKqTNO9JRLnbXHefqlVgjqtjW6a4H+TH3pkglznY="
    ),
    "django pbkdf2_sha1": "pbkdf2_sha1$1000$saltsaltsalt$VikllmLnT1fm7VF9neTT/Umnvy8=",
    "django bcrypt_sha256": "bcrypt_sha256$$2b$04$v42Bmq7kSl6LZuWkEOTTnuDKlqkhIqJ6YbdYqpkflYO8719WXttne",
    "django bcrypt": "bcrypt$$2b$04$aZUWKugmRPYdi2Gl2oU1rul0t6v3SsxOy9tPZXlCzAeluqsq2HB2m",
    "django scrypt": (
        "scrypt$1024$saltsaltsalt$8$5$+dw2VHufJgKpgGLI+yNscXtI/eKc074Rve+v3drSk8G1PJC6PL3UJHgUR4+6/LeIAIybDPjI5i18TK6yFXkjIg=="
    ),
    "django argon2": (
        "argon2$argon2id$v=19$m=1024,t=1,p=2$c2FsdHNhbHRzYWx0$fICzNADt5t7739z4wnANy1GgpXDrakP976fzuxeuKF0"
    ),
    "werkzeug scrypt": (
        "scrypt:1024:8:1$qsw28ZhH11OD5Ys3$4d549534e646de9f2d7a64752ecf352a73be6ec3fc48ba7b587e04637e77d3d981b46640cf1bb1a7"
        "08541c0b68e73f7f6362cb688be279764a4ec633b2c05ad6"
    ),
    "werkzeug pbkdf2": "pbkdf2:sha256:1000$vJ1zqLTOMe87lR8L$a0f6e5e93ac03115c9cc19336718b10a4942839247149667bb88de286330b62c",
    "passlib pbkdf2_sha256": "$pbkdf2-sha256$1000$tPb.X8t5b43RWssZY8yZcw$shYdh2uPnqWogMeRJfMpQyADnGKwBw0fQbto9.E1Dfk",
    "passlib pbkdf2_sha512": (
        "$pbkdf2-sha512$1000$ppRSKsU4hxACgJAyplRqDQ$cttuXaEs9MyVvNImOcyiFhkDgnwxm1NjljzipGRAhhqIMRwyD7MBXJWdax6psoWYD27Wmuxm"
        "98M6l3XOMazz1w"
    ),
    "passlib pbkdf2_sha1": "$pbkdf2$1000$QKi11to7h3BujZGytjZGSA$FWuOLPMWw08C/IZZKMfgWcPSXBI",
    "passlib scrypt": "$scrypt$ln=8,r=8,p=1$I8QY41zLOYfwnrOWUiplzA$zVtAF5QBkO/TDCy+Sg9HaTodsEMyZEFzKXrj47o/T64",
    "argon2i": ("$argon2i$v=19$m=1024,t=1,p=1$EASKgaI1Aaq8zrkbp+Zp+g$O2Iav4PyNStaSu3xmCoh7f9k4bT/B58zt0DuH7QyHMY"),
    "argon2id with the costs of ours": (
        "$argon2id$v=19$m=19456,t=2,p=1$pS/wgna8HXPTLtAKheh/VQ$/e4TGYzi/50APX6iCh5O08K3OwgLIHlxiMvcto+ckrg"
    ),
}
SPELLINGS = ("$2a$", "$2b$", "$2y$")
WEAK = (
    "md5$saltsaltsalt$b75b658771b1da8d7b284aaa48a680a8",
    "sha1$salt$" + "a" * 40,
    "unsalted_md5$$" + "a" * 32,
    "a" * 32,
)
COSTLY = (
    "pbkdf2_sha256$9000000$salt$" + "A" * 43 + "=",
    "$2b$15$" + "a" * 53,
    "scrypt$1048576$salt$8$1$" + "A" * 86 + "==",
    "scrypt$16384$salt$8$90$" + "A" * 86 + "==",
    f"$argon2id$v=19$m=4194304,t=1,p=1${'A' * 22}${'A' * 43}",
    f"$argon2id$v=19$m=65536,t=90,p=1${'A' * 22}${'A' * 43}",
    "$scrypt$ln=99,r=999,p=1$AAAA$" + "A" * 43,
)
quick = bounded(max_examples=300, deadline=None, database=None, derandomize=True)
PIECES = st.sampled_from(
    [
        *(
            "$",
            "2b",
            "04",
            "10",
            "pbkdf2_sha256",
            "pbkdf2-sha256",
            "scrypt",
            "argon2",
            "argon2id",
            "bcrypt",
            "=",
            "ln=8,r=8,p=1",
        )
    ]
    + [
        *(
            "v=19",
            "m=1024,t=1,p=1",
            "i=1000",
            "salt",
            "A" * 43,
            "A" * 22,
            "a" * 53,
            "AAAA",
            "!",
            "md5",
            ":",
            "1000",
            "\0",
            "é",
            "\ud800",
        )
    ]
)
ANYTHING = st.one_of(
    st.text(max_size=400), st.lists(PIECES, max_size=12).map("".join), st.sampled_from(sorted(MADE.values()))
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40), ANYTHING),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "hash",
                        "salt",
                        "value",
                        "encoding",
                        "algorithm",
                        "cost",
                        "keylen",
                        "hashIterations",
                        "credentialData",
                    )
                ]
                + [
                    *(
                        "secretData",
                        "additionalParameters",
                        "memory",
                        "type",
                        "version",
                        "parallelism",
                        "hashedSaltedValue",
                    )
                ]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("name", MADE)
def test_a_hash_of_other_software_verifies(name: str) -> None:
    """The right password is taken, another is not, and what is kept fits its column."""
    text = foreign_hashes.read(MADE[name])
    assert isinstance(text, str), text
    assert len(text) <= kept.LONGEST_KEPT
    assert foreign_hashes.is_foreign(text)
    assert foreign_hashes.compare(PASSWORD, text)
    assert not foreign_hashes.compare(PASSWORD + " ", text)
    assert not foreign_hashes.compare("", text)
    # What is kept is read again as itself.
    assert isinstance(kept.parse(text), kept.Kept)


@pytest.mark.parametrize("name", ["django pbkdf2_sha256", "argon2id with the costs of ours", "django bcrypt"])
def test_the_first_right_sign_in_puts_our_own_hash_in_place(ann: Account, name: str) -> None:
    """A wrong password changes nothing; the right one is hashed anew in the transaction of the sign-in, and is undone with it."""
    foreign = foreign_hashes.read(MADE[name])
    assert isinstance(foreign, str)
    ann.password_hash = foreign
    database.commit()
    refused = credentials.check("ann", "wrong", source="192.0.2.1")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.BAD_CREDENTIALS
    database.session().refresh(ann)
    assert ann.password_hash == foreign
    assert isinstance(credentials.check("ann", PASSWORD, source="192.0.2.1"), Account)
    database.rollback()
    database.session().refresh(ann)
    assert ann.password_hash == foreign
    assert isinstance(credentials.check("ann", PASSWORD, source="192.0.2.1"), Account)
    database.commit()
    database.session().refresh(ann)
    assert (ann.password_hash or "").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert isinstance(credentials.check("ann", PASSWORD, source="192.0.2.1"), Account)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_bcrypt_verifies(spelling: str) -> None:
    """$2a$, $2b$ and $2y$ are the same hash; of a long password the first 72 bytes count, as wherever it was made."""
    made = spelling + "04$aZUWKugmRPYdi2Gl2oU1rul0t6v3SsxOy9tPZXlCzAeluqsq2HB2m"
    text = foreign_hashes.read(made)
    assert text == made
    assert foreign_hashes.compare(PASSWORD, made)
    assert not foreign_hashes.compare("another", made)
    assert not foreign_hashes.compare("x" * 80, made)


def test_the_typed_form_and_the_normal_one_both_verify() -> None:
    """Other software hashed what its browser sent: letters with their marks apart, or in one."""
    for form in ("NFD", "NFC", "NFKC"):
        typed = unicodedata.normalize(form, "Ünïcøde ﬁsh")
        digest = hashlib.pbkdf2_hmac("sha256", typed.encode(), b"salt", 1)
        text = kept.pbkdf2("sha256", 1, b"salt", digest)
        assert foreign_hashes.compare(typed, text)


def test_keycloaks_first_form_is_read() -> None:
    """Keycloak before 8 wrote the members of a credential one by one; a salt is Base64 there, and the key 64 bytes."""
    digest = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"0123456789abcdef", 500, 64)
    credential = {
        "type": "password",
        "algorithm": "pbkdf2-sha256",
        "hashIterations": 500,
        "hashedSaltedValue": base64.b64encode(digest).decode(),
        "salt": base64.b64encode(b"0123456789abcdef").decode(),
    }
    text = foreign_hashes.read_keycloak(credential)
    assert isinstance(text, str)
    assert foreign_hashes.compare(PASSWORD, text)


@pytest.mark.parametrize(
    ("custom", "is_taken"),
    [
        ({"algorithm": "bcrypt", "hash": {"value": MADE["django bcrypt"].removeprefix("bcrypt$")}}, True),
        ({"algorithm": "argon2", "hash": {"value": MADE["argon2i"], "encoding": "utf8"}}, True),
        (
            {
                "algorithm": "pbkdf2",
                "hash": {
                    "value": "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHRzYWx0$W6Agm9bht9DyHYpkaQ47/LVOwZTbaGe9YRVJV2w1JVw"
                },
            },
            True,
        ),
        (
            {
                "algorithm": "scrypt",
                "hash": {"value": MADE["django scrypt"].split("$")[-1], "encoding": "base64"},
                "salt": {"value": "saltsaltsalt", "encoding": "utf8"},
                "keylen": 64,
                "cost": 1024,
                "blockSize": 8,
                "parallelization": 5,
            },
            True,
        ),
        ({"algorithm": "md5", "hash": {"value": "a" * 32, "encoding": "hex"}}, False),
        ({"algorithm": "sha256", "hash": {"value": "a" * 64, "encoding": "hex"}}, False),
        ({"algorithm": "bcrypt", "hash": {"value": MADE["django bcrypt"]}, "password": {"encoding": "utf16le"}}, False),
    ],
)
def test_auth0s_custom_hashes_are_read(custom: dict[str, object], is_taken: bool) -> None:
    """What Auth0's schema documents is taken where it is a hash for passwords; bare digests and other encodings are told."""
    text = foreign_hashes.read_auth0(custom)
    assert isinstance(text, str) is is_taken, text
    if isinstance(text, str):
        assert foreign_hashes.compare(PASSWORD, text)


@pytest.mark.parametrize("text", WEAK)
def test_bare_digests_are_refused_with_their_reason(text: str) -> None:
    """MD5 and SHA-1 are found by trying; whoever brings them is told so."""
    refused = foreign_hashes.read(text)
    assert isinstance(refused, Unfit)
    assert "trying" in refused.why
    assert text not in refused.why


@pytest.mark.parametrize("text", COSTLY)
def test_what_would_take_too_long_is_refused_and_never_computed(text: str) -> None:
    """A hash beyond two seconds or 256 MiB is not taken, and told as such; where one is stored all the same, it is no match at once."""
    refused = foreign_hashes.read(text)
    assert isinstance(refused, Unfit)
    assert "would take" in refused.why or "none" in refused.why
    started = time.monotonic()
    assert not foreign_hashes.compare(PASSWORD, text.replace("$argon2", "$as-typed$argon2"))
    assert time.monotonic() - started < 0.5


@quick
@given(ANYTHING)
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    """Garbage ends in a sentence, or in a hash that compares without an error."""
    for read in (foreign_hashes.read, kept.parse):
        found = read(text)
        assert isinstance(found, str | Unfit | kept.Kept)
        if isinstance(found, Unfit):
            assert found.why
    assert foreign_hashes.compare("no such password", text) is False


@quick
@given(JSON)
def test_whatever_stands_in_an_export_is_read_or_refused(value: object) -> None:
    """No member of a credential is trusted to be what it is meant to be."""
    for read in (foreign_hashes.read_keycloak, foreign_hashes.read_auth0, foreign_hashes.read):
        assert isinstance(read(value), str | Unfit)
