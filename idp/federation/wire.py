"""Speaking HTTP with a provider: Authlib's client, bounded. No redirects, no proxies of the environment, ten seconds in all.

The addresses are the operator's, so that loopback is allowed; what answers there is believed no more than it must be.
"""

import ssl
import time
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException, Timeout
from urllib3.exceptions import HTTPError

from idp.base.extensions import settings

CONNECT, READ, ALL = 3.0, 5.0, 10.0  # seconds; ALL is for everything that one sign-in asks of a provider
LARGEST = 256 * 1024  # bytes
USER_AGENT = "Gatehouse"


class UpstreamError(Exception):
    """A provider did not answer as it should; the message says how, without any secret."""


class Wire(OAuth2Session):
    """One conversation with one provider."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.trust_env = False
        self.headers["User-Agent"] = USER_AGENT
        self.mount("https://", _Trusting())
        self._until = time.monotonic() + ALL

    def send(self, request: PreparedRequest, **options: Any) -> Response:
        """Send one request; the answer's body has been read.

        Raises:
            RequestException: no connection, too slow, or too large.
        """
        left = self._left()
        options |= {"allow_redirects": False, "stream": True, "timeout": (min(CONNECT, left), min(READ, left))}
        response: Response = super().send(request, **options)
        try:
            response._content = self._read(response)  # where requests keeps a body that it has read itself
        except (HTTPError, OSError) as error:
            raise RequestException(type(error).__name__) from None
        finally:
            response.close()
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

    def _read(self, response: Response) -> bytes:
        body = b""
        while chunk := response.raw.read1(LARGEST, decode_content=True):
            body += chunk
            if len(body) > LARGEST:
                raise RequestException("the answer is too large")
            self._left()
        return body

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise Timeout("the provider is too slow")
        return left


class _Trusting(HTTPAdapter):
    """Trusts the certificates of the system, and those of the operator besides."""

    def init_poolmanager(self, *args: Any, **values: Any) -> None:
        """Give every connection these certificates."""
        context = ssl.create_default_context()
        if settings().trusted_ca_file is not None:
            context.load_verify_locations(settings().trusted_ca_file)
        super().init_poolmanager(*args, ssl_context=context, **values)
