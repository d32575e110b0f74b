"""What the house's tests share."""

import pytest

from idp.base import generation


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked at anew merely because some seconds have passed, as clients and keys are."""
    monkeypatch.setattr(generation, "MAX_AGE", 1e9)
