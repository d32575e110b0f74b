"""Whom a pasted list names: lists of every kind, tables, and what is wrong in which line."""

import pytest
from flask import Flask

from idp.invitations import reading

A, B = "a@example.com", "b@example.com"


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        (A, (A,)),
        (f"{A}\n{B}\n", (A, B)),
        (f"{A}, {B};A@Example.com", (A, B)),
        (f'Ann Lee <{A}>, "Bo, Jr" <{B}>', (A, B)),
        (f'name,E-Mail,team\nAnn,{A},x\n\n"Bo, Jr",{B},y\n', (A, B)),
        (f"email;name\r\n{A};Ann\r\n{B};Bo", (A, B)),
        (f"\n\nemail\n{A}", (A,)),
        (f"mail\tname\n{A}\tAnn", (A,)),
        ("ann@bücher.example", ("ann@xn--bcher-kva.example",)),
    ],
)
def test_whatever_people_paste_is_read(app: Flask, text: str, addresses: tuple[str, ...]) -> None:
    """Lines, commas, lines of a mail program and CSV tables name the same people, each once."""
    with app.test_request_context():
        assert reading.read(text) == reading.Read(addresses)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Enter at least one e-mail address."),
        ("email,name\n", "Enter at least one e-mail address."),
        (f"{A}\nno address\n{B}", "Line 2: “no” is no e-mail address."),
        (f"name,email\nAnn,{A}\nBo,nowhere\n", "Line 3: “nowhere” is no e-mail address."),
        (f"name,email\nAnn,{A}\nBo\n", "Line 3: “” is no e-mail address."),
        (
            "\n".join(f"p{number}@example.com" for number in range(501)),
            "These are 501 addresses; send at most 500 at once.",
        ),
        ("x" * 5000, f"Line 1: “{'x' * 100}” is no e-mail address."),
        (f'email\n{A}\n"open', "Line 3: “open” is no e-mail address."),
        (f"{A}\0", f"Line 1: “{A}\0” is no e-mail address."),
    ],
)
def test_what_is_no_address_is_named(app: Flask, text: str, problem: str) -> None:
    """Each thing that is no address is told with its line, and so is a list that is too long, or empty."""
    with app.test_request_context():
        assert problem in reading.read(text).problems
