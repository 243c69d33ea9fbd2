"""Services in AWS's JSON protocol, version 1.1: `X-Amz-Target` names the operation, the body has its members.

A caller is a role in the management account, or in that of a delegated administrator, whose policies allow the
operation.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ssohelper.simulator.callers import Caller, Callers
from ssohelper.simulator.errors import AwsError, Service, access_denied, unknown_operation
from ssohelper.simulator.inputs import Structure
from ssohelper.simulator.messages import Request, Response, json_1_1_response
from ssohelper.simulator.pagination import InvalidToken, Item, Pagination
from ssohelper.simulator.world import World

Output = dict[str, object]


@dataclass(frozen=True, slots=True)
class JsonService:
    """A service. Its signing name is its prefix in policies; `page_size` is that of pages without `MaxResults`."""

    service: Service
    target_prefix: str
    signing_name: str
    page_size: int = 100
    invalid_input: str = "ValidationException"

    def label(self, operation: str) -> str:
        """The name of an operation in counters and faults."""
        return f"{self.service.value}:{operation}"

    def invalid(self, message: str) -> AwsError:
        """The error for members that are not valid."""
        return AwsError(400, self.invalid_input, message)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an operation, whose members are valid for its input."""

    service: JsonService
    operation: str
    members: Mapping[str, Any]
    caller: Caller
    region: str
    turn_page: Callable[[Sequence[Any]], tuple[Sequence[Any], str | None]]

    @property
    def world(self) -> World:
        """What is asked about."""
        return self.caller.world

    def page(self, items: Sequence[Item]) -> tuple[Sequence[Item], Output]:
        """The items of the requested page, and `{"NextToken": …}` if more follow."""
        found, next_token = self.turn_page(items)
        return found, {"NextToken": next_token} if next_token else {}


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation takes, and the function that returns its output or raises AwsError."""

    input: Structure
    answer: Callable[[Call], Output]


class Operations(dict[str, Operation]):
    """Operations by their names."""

    def add(self, shape: Structure) -> Callable[[Callable[[Call], Output]], Callable[[Call], Output]]:
        """Add the decorated function, with its input: `list_users` is ListUsers."""

        def add(answer: Callable[[Call], Output]) -> Callable[[Call], Output]:
            name = "".join(word.capitalize() for word in answer.__name__.split("_"))
            self[name] = Operation(shape, answer)
            return answer

        return add


class JsonApi:
    """The operations of a service."""

    def __init__(self, service: JsonService, operations: Operations, callers: Callers) -> None:
        self.service = service
        self._operations = operations
        self._callers = callers
        self._pagination = Pagination()

    @property
    def labels(self) -> list[str]:
        """The names of the operations in counters and faults."""
        return [self.service.label(name) for name in self._operations]

    def label(self, request: Request) -> str | None:
        """The label of a request's operation, if it is for this service; `UnknownOperation` for one there is not."""
        prefix, _, name = request.headers.get("x-amz-target", "").partition(".")
        if prefix != self.service.target_prefix:
            return None
        return self.service.label(name if name in self._operations else "UnknownOperation")

    def handle(self, request: Request) -> Response:
        """The response to a request. Raises AwsError."""
        name = request.headers["x-amz-target"].partition(".")[2]
        if name not in self._operations:
            raise unknown_operation(400)
        members = _members(request)
        caller, signed = self._callers.authenticate(request)
        if signed.service != self.service.signing_name:
            raise AwsError(
                403, "SignatureDoesNotMatch", f"Credential should be scoped to {self.service.signing_name}"
            )
        self._authorize(caller, name, members)
        operation = self._operations[name]
        problems = list(operation.input.problems(members))
        if problems:
            errors = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
            raise self.service.invalid(f"{errors}: {'; '.join(problems)}")

        def turn_page(items: Sequence[Any]) -> tuple[Sequence[Any], str | None]:
            return self._page(items, f"{caller.session_arn} {name}", members, empty=request.empty_page)

        return json_1_1_response(
            operation.answer(Call(self.service, name, members, caller, signed.region, turn_page))
        )

    def _authorize(self, caller: Caller, operation: str, members: Mapping[str, Any]) -> None:
        action = f"{self.service.signing_name}:{operation}"
        world = caller.world
        if caller.account_id not in {world.management_account_id, *world.delegated_administrators}:
            raise access_denied(f"User: {caller.session_arn} is not authorized to perform: {action}")
        resource = members.get("PermissionSetArn") or members.get("InstanceArn") or "*"
        caller.require(action, str(resource))

    def _page(
        self, items: Sequence[Any], reader: str, members: Mapping[str, Any], *, empty: bool
    ) -> tuple[Sequence[Any], str | None]:
        asked = {name: each for name, each in members.items() if name not in ("NextToken", "MaxResults")}
        size, token = members.get("MaxResults") or self.service.page_size, members.get("NextToken")
        try:
            return self._pagination.page(
                f"{reader} {json.dumps(asked, sort_keys=True)}", items, size, token, empty=empty
            )
        except InvalidToken:
            raise self.service.invalid("The pagination token is not valid") from None


def _members(request: Request) -> dict[str, Any]:
    try:
        return request.json()
    except ValueError as error:
        raise AwsError(400, "SerializationException", str(error)) from None
