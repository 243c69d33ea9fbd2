"""A request and an answer, without the socket: what every part of the simulator takes and gives."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qsl


class Delivery(Enum):
    """How much of an answer reaches the client before the connection is closed on it."""

    WHOLE = "whole"
    HALF = "half"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, read to its end; `headers` are named in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def json(self) -> dict[str, object]:
        """The members of a JSON body; no body at all is an empty object.

        Raises ValueError where the body is not a JSON object.
        """
        try:
            document: object = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            # Without the cause: a JSON error carries the document, and that may hold a token.
            raise ValueError("The request body is not valid JSON") from None
        if not isinstance(document, dict):
            raise ValueError("The request body is not a JSON object")  # noqa: TRY004 - a wrong value, on the wire
        return document

    def form(self) -> dict[str, str]:
        """The fields of an HTML form; raises ValueError where the body is not one."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, max_num_fields=50))


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    delivery: Delivery = Delivery.WHOLE


def json_answer(document: object, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """`document` as a JSON answer."""
    return Answer(status, json.dumps(document).encode(), (("Content-Type", "application/json"), *headers))
