"""Reading the forms of pages, as a browser does that sends them."""

import re
from html import unescape

FORM = re.compile(r"<form.*?</form>", re.DOTALL)
_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'\b(name|value)="([^"]*)"')


def hidden_fields(page: str) -> dict[str, str]:
    """Return the hidden inputs of a page or a form."""
    found = [dict(_ATTRIBUTE.findall(tag)) for tag in _HIDDEN.findall(page)]
    return {unescape(tag["name"]): unescape(tag.get("value", "")) for tag in found if "name" in tag}
