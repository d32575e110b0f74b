"""Speaking HTTP with a provider: Authlib's client over the guarded fetcher: no redirects, no proxies, ten seconds in all.

Addresses of the settings are the operator's, so that loopback is allowed; those of rows are held to what is fetched for strangers. What
answers there is believed no more than it must be. As many requests as `base.fetch.converse` allows wait for one provider at a time,
and one that does not answer is left alone for a while.
"""

from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.exceptions import RequestException, Timeout

from idp.base import fetch
from idp.federation.errors import UpstreamError

ALL = 10.0  # seconds for everything that one sign-in asks of a provider
LARGEST = 256 * 1024  # bytes
# What requests would say of a connection, which is not its own here.
NOT_SENT = {"accept-encoding", "connection", "content-length", "host", "transfer-encoding", "user-agent"}


class Wire(OAuth2Session):
    """One conversation with one provider."""

    def __init__(self, *, is_named: bool = True, **values: Any) -> None:
        super().__init__(**values)
        self.trust_env = False
        adapter = _Guarded(fetch.Deadline(ALL), is_named)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def send(self, request: PreparedRequest, **options: Any) -> Response:
        """Send one request; the answer's body has been read.

        Raises:
            RequestException: no connection, too slow, or too large.
            Busy: too many requests of this process wait for the provider already.
        """
        response: Response = super().send(request, **options | {"allow_redirects": False})
        return response

    def ask(self, url: str, headers: dict[str, str] | None = None) -> Any:
        """Return the JSON at an address, asked for with the access token where there is one.

        Raises:
            UpstreamError: another status than 200, no JSON, or one of the failures of `send`.
        """
        try:
            response = self.get(url, headers=headers, withhold_token=not self.token)
            if response.status_code != 200:
                raise UpstreamError(f"the answer was {response.status_code}")
            return response.json()
        except (AuthlibBaseError, RequestException, ValueError, RecursionError) as error:
            raise UpstreamError(type(error).__name__) from None


class _Guarded(BaseAdapter):
    """Sends what requests has prepared through the guarded fetcher."""

    def __init__(self, deadline: fetch.Deadline, is_named: bool) -> None:
        super().__init__()
        self._deadline = deadline
        self._is_named = is_named

    def send(self, request: PreparedRequest, **_options: Any) -> Response:  # type: ignore[override] # all options are ours
        """Send one request."""
        headers = {name: value for name, value in request.headers.items() if name.lower() not in NOT_SENT}
        body = request.body.encode() if isinstance(request.body, str) else request.body
        question = fetch.Question(request.method or "GET", headers, body, LARGEST, wants_all=True)
        try:
            answer = fetch.converse(request.url or "", question, self._deadline, is_named=self._is_named)
        except fetch.FetchError as error:
            raise Timeout(str(error)) from None
        if len(answer.body) > LARGEST or answer.is_cut_off or answer.encoding not in ("", "identity"):
            raise RequestException("the answer is too large, cut off or encoded")
        response = Response()
        response.status_code, response.url, response.request = answer.status, request.url or "", request
        response._content = answer.body  # where requests keeps a body that it has read itself
        return response

    def close(self) -> None:
        """Do nothing: connections end with their answers."""
