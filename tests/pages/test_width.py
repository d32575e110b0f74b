"""Every page fits a phone and a window, whatever people, applications and addresses are called, and breaks no address that fits."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from idp.base import static
from tests.pages.inventory import Inventory
from tests.pages.reading import Page
from tests.support.chromium import Chromium

WIDTHS = (360, 1280)
ADDRESS = re.compile(r"\b(ann|bob|root|new|later|leaver)@example\.(org|com)\b")
LONG_ADDRESS = "a" * 64 + "@" + ("sub" * 20 + ".") * 3 + "example.org"
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff" * 3
LONG_WORDS = {
    "Paper Shop": LONG_NAME,
    "tea house": LONG_NAME,
    "https://rp.example/": f"https://{'sub.' * 20}rp.example/{'path' * 60}/",
    "Authenticator app": LONG_NAME,
    ">desk<": f">{'desk' * 25}<",
}
SOURCE = re.compile(r"\b(127\.0\.0\.1|192\.0\.2\.1)\b")  # stands in the same columns as addresses of administrators
USUAL_ADDRESS = "maximilian.mustermann@mail.example.org"

# Words with a break inside that would have fitted into a line; and what stands beyond the window, where nothing scrolls.
LOOK = """() => {
  const wide = document.documentElement.scrollWidth, most = window.innerWidth, cut = [], broken = [];
  const roomOf = (element) => {
    const room = element.closest(".panel, .gate-body, .gate-title, main") || document.body;
    const style = getComputedStyle(room);
    return room.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest(".visually-hidden, .skip, script, style, option, textarea, [hidden], thead")) continue;
    if (!element.getClientRects().length) continue;
    const range = document.createRange();
    for (const word of node.data.matchAll(/\\S+/g)) {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
      if (boxes.some((box) => box.right > most + 1 || box.left < -1) && !element.closest(".scroller, pre, .who")) cut.push(word[0]);
      const lines = new Set(boxes.map((box) => Math.round(box.top)));
      const length = boxes.reduce((sum, box) => sum + box.width, 0);
      const room = Math.min(roomOf(element), element.closest("td, th") && most > 768 ? 400 : Infinity);
      const taken = element.closest("dd, .asker, li") ? 130 : 0;
      if (word[0].includes("@") && lines.size > 1 && length < room - taken) broken.push(word[0]);
    }
  }
  return {wide, most, cut, broken};
}"""


@pytest.fixture(scope="module")
def sheet() -> str:
    """The style sheet, as an element."""
    return f"<style>{static.assets()['css/idp.css'].body.decode()}</style>"


def looks(page: Any, html: str, sheet: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Show a page, without its scripts, in each width, and return what is seen."""
    html = re.sub(r"<script[^>]*></script>|<link[^>]*>", "", html).replace("</head>", f"{sheet}</head>")
    page.set_content(html, wait_until="commit")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        yield width, page.evaluate(LOOK)


def stretch(html: str, address: str = LONG_ADDRESS) -> str:
    """Put long names without a place to break into a page, and this address."""
    for word, long in LONG_WORDS.items():
        html = html.replace(word, long)
    return ADDRESS.sub(address, html)


def errors(house: Inventory) -> list[Page]:
    """Return error pages that repeat what was sent, which may be long."""
    address = f"https://{'elsewhere.' * 20}example/{'path' * 100}"
    sent = {
        "/oauth/authorize": {"client_id": "desk", "redirect_uri": address},
        "/oauth/logout": {"client_id": "desk", "post_logout_redirect_uri": address},
        "/verify/link": {"token": "used" * 100},
        f"/nowhere/{'path' * 100}": {},
    }
    browser = house.provider.browser()
    found = [(path, browser.get(path, query_string=query)) for path, query in sent.items()]
    found.append(("unknown client", browser.get("/oauth/authorize", query_string={"client_id": LONG_NAME * 2})))
    assert {answer.status_code for _name, answer in found} <= {400, 404}
    return [Page(name, answer.text) for name, answer in found]


def test_no_page_scrolls_sideways(house: Inventory, chromium: Chromium, sheet: str) -> None:
    """With names of a hundred letters and addresses of 254 every page fits; tables that do not scroll by themselves (ux.md 29)."""
    found = []
    with chromium.page(javascript=True) as page:
        for shown in [*house.all, *errors(house)]:
            for width, seen in looks(page, stretch(shown.html), sheet):
                if seen["wide"] > seen["most"] or seen["cut"]:
                    found.append(
                        f"{shown.name} at {width}: {seen['wide']}, cut off: {[word[:20] for word in seen['cut']]}"
                    )
    assert found == []


def test_no_address_is_broken_that_would_fit(house: Inventory, chromium: Chromium, sheet: str) -> None:
    """An address of usual length stands in one piece, beside long names too, in a window as on a phone (ux.md 29)."""
    found, seen_addresses = [], 0
    with chromium.page(javascript=True) as page:
        for shown in house.all:
            html = SOURCE.sub(USUAL_ADDRESS, stretch(shown.html, USUAL_ADDRESS))
            seen_addresses += USUAL_ADDRESS in html
            if USUAL_ADDRESS in html:
                for width, seen in looks(page, html, sheet):
                    found += [f"{shown.name} at {width}: {word}" for word in seen["broken"]]
    assert seen_addresses > 20
    assert found == []
