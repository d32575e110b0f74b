"""Routes of an older interface: declared with the models of their bodies and answers, which are the OpenAPI document too.

A view gets its body as a model and returns an `Answer`, or a `Problem`, which is written in the interface's own shape. Failures that
no view sees (unknown methods, too large bodies, rate limits, surprises) take that shape as well.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial, wraps
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException

from idp.base import cookies
from idp.base.http import limited, programs_only, register_shape
from idp.contracts.kit import browsers
from idp.contracts.kit.demands import Demand
from idp.contracts.kit.problems import Contract, Problem
from idp.contracts.kit.reading import Body, read_body

WHY_NO_CSRF = "called by programs with JSON; a request without a body from a foreign page is refused"


PLACEHOLDER = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Answer:
    """What a view answers: a status, a body (None for none), cookies to set by name, and headers."""

    body: Mapping[str, Any] | None
    status: int = 200
    cookies: tuple["Cookie", ...] = ()


@dataclass(frozen=True)
class Cookie:
    """A cookie to set; `seconds` 0 deletes it."""

    name: str
    value: str
    seconds: int
    path: str = "/"


@dataclass(frozen=True)
class Operation:
    """One route, as the documentation tells it. `answers` gives the model of each status; None stands for no JSON body.

    `demand` is what has to be shown. `admit` finds who calls before the body is read: the view gets what it returns first of all,
    unless that is a `Problem`.
    `unreadable` is the status of a body that cannot be read, where the document has one of its own for everything. `security` names
    what proves who calls; of several, one suffices, and None among them stands for a member of the body that does as well.
    """

    contract: Contract
    rules: tuple[str, ...]
    method: str
    summary: str
    answers: Mapping[int, type[BaseModel] | None]
    demand: Demand
    body: type[Body] | None = None
    query: type[BaseModel] | None = None
    security: str | tuple[str | None, ...] | None = None
    media_type: str = "application/json"
    body_media_type: str = "application/json"
    failures: tuple[int, ...] = ()
    admit: Callable[[], Any] | None = None
    unreadable: int = HTTPStatus.BAD_REQUEST


operations: dict[str, Operation] = {}
# Routes that somebody else answers, in the manner of an interface: they are only told, and every status is declared.
described: dict[str, Operation] = {}
View = Callable[..., Answer | Problem | Response]


@dataclass
class Adapter:
    """The routes of one interface."""

    contract: Contract
    bp: Blueprint
    _names: list[str] = field(default_factory=list)

    def route(
        self,
        method: str,
        *rules: str,
        summary: str,
        answers: Mapping[int, type[BaseModel] | None],
        demand: Demand,
        limits: tuple[str, ...],
        **more: Any,
    ) -> Callable[[View], View]:
        """Declare a view for one method at each of these paths; `more` are further members of `Operation`."""
        operation = Operation(self.contract, rules, method, summary, answers, demand, **more)

        def declare(view: View) -> View:
            operations[f"{self.bp.name}.{view.__name__}"] = operation

            @wraps(view)
            def call(**values: Any) -> Response:
                return _write(self.contract, _run(operation, view, values))

            counted = ("GET", "HEAD") if method == "GET" else (method,)
            wrapped = programs_only(WHY_NO_CSRF)(limited(*limits, methods=counted)(call))
            for rule in rules:
                self.bp.add_url_rule(rule, view.__name__, wrapped, methods=[method])
            return view

        return declare


def init_app(app: Flask) -> None:
    """Give failures outside of views the shape of the interface whose path it is, and let listed origins in."""
    register_shape(app, _shape)
    app.after_request(_finish)


def refuse_collisions(app: Flask) -> None:
    """Refuse to boot where two routes answer the same method at the same path.

    Raises:
        RuntimeError: naming the path.
    """
    seen: dict[tuple[str, str], str] = {}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            other = seen.setdefault((PLACEHOLDER.sub("<>", rule.rule), method), rule.endpoint)
            if other != rule.endpoint:
                raise RuntimeError(f"{method} {rule.rule} is answered by {other} and by {rule.endpoint}")


def is_enrolling() -> bool:
    """Return whether the present route is one on which somebody sets up the second factor that a policy demands."""
    operation = operations.get(request.endpoint or "")
    return operation is not None and operation.demand is Demand.ENROLLING


def owner_of(path: str) -> Contract | None:
    """Return the interface to which a path belongs, whatever the method."""
    routes = current_app.url_map.bind("")
    for method in routes.allowed_methods(path):
        try:
            endpoint, _values = routes.match(path, method)
        except HTTPException:
            continue
        if endpoint in operations:
            return operations[endpoint].contract
    return None


def _run(operation: Operation, view: View, values: dict[str, Any]) -> Answer | Problem | Response:
    foreign = browsers.find_foreign_origin()
    if foreign is not None:
        return foreign
    given: list[Any] = []
    for read in (operation.admit, partial(read_body, operation.body) if operation.body else None):
        found = read() if read is not None else None
        if isinstance(found, Problem):
            is_unreadable = read is not operation.admit and found.status == HTTPStatus.BAD_REQUEST
            return replace(found, status=operation.unreadable) if is_unreadable else found
        given += [found] if read is not None else []
    if operation.body is None and operation.method != "GET":
        needless = read_body(Body)  # what a page of another site can send without asking is not JSON
        if isinstance(needless, Problem):
            return needless
    return view(*given, **values)


def _write(contract: Contract, answer: Answer | Problem | Response) -> Response:
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, Problem):
        return write_problem(contract, answer)
    response = Response(status=answer.status) if answer.body is None else jsonify(answer.body)
    response.status_code = answer.status
    for cookie in answer.cookies:
        set_cookie(response, cookie)
    return response


def write_problem(contract: Contract, problem: Problem) -> Response:
    """Return a failure in the interface's own shape."""
    response = jsonify({**contract.render(problem), **problem.extra})
    response.status_code = problem.status
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, section 15.5.2
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def set_cookie(response: Response, cookie: Cookie) -> None:
    """Set a cookie that scripts cannot read and other sites do not send along."""
    cookies.put(response, cookie.name, cookie.value, cookie.seconds, cookie.path)


def _shape(status: int, message: str, reference: str | None) -> Response | None:
    contract = _asked()
    if contract is None:
        return None
    text = f"{message} Reference: {reference}" if reference else message
    return write_problem(contract, Problem(status, text, reference=reference))


def _finish(response: Response) -> Response:
    return browsers.allow_listed_origins(response) if _asked() is not None else response


def _asked() -> Contract | None:
    """Return the interface that was asked. The path is looked up only where no route was found: other requests pay nothing."""
    if request.endpoint is None:
        return owner_of(request.path)
    operation = operations.get(request.endpoint)
    return operation.contract if operation is not None else None
