"""Reading what the authorization endpoint sends to a client, in whatever response mode."""

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from werkzeug.test import TestResponse

if TYPE_CHECKING:
    from tests.factories import Client

FORM_POST = re.compile(r'<form method="post" action="([^"]+)"[^>]*data-submit-at-once[^>]*>(.*?)</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def parameters(response: TestResponse, client: "Client | None" = None) -> dict[str, str]:
    """Return what an answer brings to the client, by any response mode, each parameter once; with a client, check that it leads there."""
    form = FORM_POST.search(response.text) if response.status_code == 200 else None
    if form is not None:
        assert client is None or unescape(form[1]) == client.redirect_uri, form[1]
        pairs = [(name, unescape(value)) for name, value in HIDDEN.findall(form[2])]
        assert len(pairs) == len(dict(pairs)), form[2]
        return dict(pairs)
    assert response.status_code == 303, f"{response.status_code} {response.text[:500]}"
    target = urlsplit(response.location)
    if client is not None:
        assert response.location.startswith(client.redirect_uri), response.location
    pairs = parse_qsl(target.fragment or target.query, keep_blank_values=True)
    assert len(pairs) == len(dict(pairs)), response.location
    return dict(pairs)
