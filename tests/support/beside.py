"""A running server, and the application in this process on the same data: what one side does, the other sees."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from idp import create_app
from tests.conftest import SECRET_KEY, dispose, make_settings, migrate
from tests.factories import Provider
from tests.support.serving import RunningServer, serve


@contextmanager
def beside(
    data_dir: Path, url: str, environment: Mapping[str, object] | None = None, **settings: Any
) -> Iterator[tuple[RunningServer, Provider]]:
    """Run a server with two workers, request limits off, on a database; `settings` are those of the application in this process."""
    values = make_settings(data_dir, url, **settings)
    migrate(values)
    app = create_app(values)
    served = {
        "IDP_DATA_DIR": data_dir,
        "IDP_DATABASE_URL": url,
        "IDP_SECRET_KEY": SECRET_KEY,
        "IDP_WORKERS": 2,
        "IDP_RATELIMIT_ENABLED": "false",
    }
    try:
        provider = Provider(app)
        with serve(served | dict(environment or {})) as server:
            yield server, provider
    finally:
        dispose(app)
