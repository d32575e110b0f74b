"""A refusal is falsy, so that `or` would go on after one as if nothing were wrong; this test finds who does so."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "idp"
TREES = {path: ast.parse(path.read_text()) for path in sorted(PACKAGE.glob("**/*.py"))}


def may_refuse(trees: dict[Path, ast.Module]) -> set[str]:
    """Return the names of functions whose annotation says that they may return a refusal or nothing."""
    functions = (node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return {node.name for node in functions if node.returns and ast.unparse(node.returns) == "Refused | None"}


def passed_over(trees: dict[Path, ast.Module]) -> list[str]:
    """Return the places where an `or` goes on after the call of such a function."""
    names, found = may_refuse(trees), []
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
                calls = [value.func for value in node.values[:-1] if isinstance(value, ast.Call)]
                called = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
                found += [f"{path.name}:{node.lineno} {name}" for name in sorted(called & names)]
    return found


def test_no_refusal_is_passed_over() -> None:
    """Nowhere in the package does an `or` follow what may be a refusal: `is not None` asks for it."""
    assert "check_username" in may_refuse(TREES)
    assert passed_over(TREES) == []


def test_the_rule_finds_what_it_looks_for() -> None:
    """A refusal that an `or` would swallow is named with its line."""
    wrong = "def check() -> Refused | None: ...\nwrong = check() or other.check() or make()\n"
    assert passed_over({Path("a.py"): ast.parse(wrong)}) == ["a.py:2 check"]
