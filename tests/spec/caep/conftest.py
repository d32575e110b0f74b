"""A receiver of news, its host, and somebody whom it knows."""

from tests.signals.fixtures import allowing as allowing
from tests.signals.fixtures import app as app
from tests.signals.fixtures import browser as browser
from tests.signals.fixtures import host as host
from tests.signals.fixtures import receiver as receiver
