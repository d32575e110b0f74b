"""One stage for all tests of a module: what is generated here changes nothing that the next one minds."""

from collections.abc import Iterator

import pytest

from tests.generated.judging import judge_rows
from tests.generated.stage import Stage, open_stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The provider, its clients and tokens; at the end every row that came about must fit into PostgreSQL, too."""
    with open_stage(tmp_path_factory.mktemp("stage")) as opened:
        yield opened
        judge_rows(opened.provider)
