"""Identifiers are letters and digits, each as likely as any other."""

from collections import Counter

from idp.base import crypto


def test_each_letter_stands_for_as_many_bytes() -> None:
    """Of the bytes that count each letter and digit has four; the others are left out."""
    counted = [crypto._LETTERS[byte : byte + 1].decode() for byte in range(256) if byte not in crypto._LEFT_OUT]
    assert Counter(counted) == dict.fromkeys(crypto.ALPHANUMERIC, 4)


def test_an_identifier_has_22_of_them() -> None:
    """None is shorter, longer, or there twice."""
    made = [crypto.new_identifier() for _ in range(2_000)]
    assert {len(text) for text in made} == {22}
    assert set("".join(made)) == set(crypto.ALPHANUMERIC)
    assert len(set(made)) == len(made)
