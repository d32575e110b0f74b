"""What a process remembers has an end: each memo of a module is named here, with what bounds it."""

import ast
from collections.abc import Iterator
from pathlib import Path

IDP = Path(__file__).parents[2] / "idp"
MUTABLE = {"dict", "set", "list", "deque", "OrderedDict", "defaultdict", "WeakKeyDictionary", "WeakValueDictionary"}

CODE = "a line of our own code each, filled while the application is made"
APPLICATIONS = "one for each application of the process"
KINDS = "a statement for each number of counters that one try has, which our own code decides"
REDIS = "one for each Redis, of which the settings name one"

BOUNDS = {
    "accounts/admission/service._guests": CODE,
    "accounts/claiming._witnesses": CODE,
    "accounts/homes._finders": CODE,
    "base/database._key_of": "one for each table",
    "base/statements/guarding._guards": CODE,
    "base/turns._lines": "one for each file of SQLite that the process has open",
    "base/version._connect": REDIS,
    "clients/known._known": f"{APPLICATIONS}, and in each so many clients as `MOST` says",
    "clients/origins._known": f"{APPLICATIONS}, and in each so many origins as `MOST_KNOWN` says",
    "clients/uses._noted": f"{APPLICATIONS}, and in each `MOST_NOTED` clients of one day; with one more all are forgotten",
    "contracts/kit/adapter.described": CODE,
    "contracts/kit/adapter.operations": CODE,
    "federation/openid._known": "`MOST_KNOWN` documents; with one more all are forgotten",
    "keys/minting._headers": "`MOST_REMEMBERED`; with one more all are forgotten",
    "keys/minting._remembered": "`MOST_REMEMBERED` signatures",
    "keys/ring._rings": APPLICATIONS,
    "oauth/client_authentication._suspects": "`MOST_SUSPECTS` clients; with one more all are forgotten",
    "oauth/authorize/elsewhere._ways": CODE,
    "oauth/constraint._ways": CODE,
    "oauth/dialects._dialects": CODE,
    "outbox._lanes": CODE,
    "outbox._senders": CODE,
    "signin/asker._ways": CODE,
    "signin/buttons._makers": CODE,
    "throttle/in_database._attempt": KINDS,
    "throttle/in_database._blocked": KINDS,
    "throttle/in_database._clear": KINDS,
    "throttle/in_database._uncount": KINDS,
    "throttle/in_database._used_up": KINDS,
    "throttle/in_redis.store": REDIS,
}


def test_what_a_module_remembers_has_a_bound() -> None:
    """Each dict, list or set of a module that begins empty, and each function that remembers all its answers, is named with its bound."""
    found = {
        f"{path.relative_to(IDP).with_suffix('')}.{name}".replace("/__init__", "")
        for path in IDP.rglob("*.py")
        for name in endless(ast.parse(path.read_text()))
    }
    assert found == set(BOUNDS)


def endless(module: ast.Module) -> Iterator[str]:
    """Yield the names of a module's memos that nothing in their declaration bounds."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.args.args and any(map(is_endless, node.decorator_list)):
            yield node.name
    for statement in module.body:
        if isinstance(statement, ast.AnnAssign | ast.Assign) and is_empty(statement.value):
            target = statement.target if isinstance(statement, ast.AnnAssign) else statement.targets[0]
            yield ast.unparse(target)


def is_endless(decorator: ast.expr) -> bool:
    """Return whether a decorator remembers every answer."""
    text = ast.unparse(decorator).removeprefix("functools.")
    return text == "cache" or (text.startswith("lru_cache(") and "None" in text)


def is_empty(value: ast.expr | None) -> bool:
    """Return whether a value is an empty container, which somebody is going to fill."""
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, ast.List):
        return not value.elts
    return isinstance(value, ast.Call) and not value.args and ast.unparse(value.func).rpartition(".")[2] in MUTABLE


def test_such_a_memo_is_seen() -> None:
    """The rule sees what it is for, and lets be what has a bound."""
    text = """
kept: dict[str, int] = {}
queue = deque()
fixed = {"a": 1}

@cache
def answer(of: str) -> str: ...

@functools.lru_cache(maxsize=None)
def other(of: str) -> str: ...

@lru_cache(maxsize=8)
def bounded(of: str) -> str: ...

@cache
def once() -> str: ...
"""
    assert sorted(endless(ast.parse(text))) == ["answer", "kept", "other", "queue"]
