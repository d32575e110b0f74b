"""The example of docs/configuration-as-code.md is applied as it is printed."""

import re
from pathlib import Path

import pytest

from idp.applying import members
from tests.applying.bringing import actions, bring, export
from tests.applying.test_schema import faults
from tests.factories import Provider

PAGE = (Path(__file__).parents[2] / "docs/configuration-as-code.md").read_text()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_example_is_applied(provider: Provider, tmp_path: Path) -> None:
    """The file on the page is as editors want it, makes everything that it says, and has nothing to do the second time."""
    (example,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "corp.secret").write_text("what corp has given\n")
    assert faults(example) == []
    assert len(actions(bring(provider, example, directory=tmp_path))) == 9
    assert actions(bring(provider, example, directory=tmp_path, prune=True)) == []
    assert actions(bring(provider, export(provider))) == []


def test_every_policy_is_on_the_page() -> None:
    """The page names each policy that a file may say."""
    assert [name for name in members.POLICY.kinds if f"`{name}`" not in PAGE] == []
