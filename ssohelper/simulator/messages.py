"""HTTP requests and responses, independent of the socket."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qsl


class Delivery(Enum):
    """How a response is sent; after all but COMPLETE, the connection is closed."""

    COMPLETE = "complete"
    TRICKLE = "trickle"  # a byte per second
    HALF = "half"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request with its whole body; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def json(self) -> dict[str, object]:
        """Parse the body as a JSON object; an empty body is an empty object.

        Raises ValueError if the body is not a JSON object.
        """
        try:
            document: object = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            # Drop the cause: a JSON error carries the document, which may hold a token.
            raise ValueError("The request body is not valid JSON") from None
        if not isinstance(document, dict):
            raise ValueError("The request body is not a JSON object")  # noqa: TRY004 - invalid input, not a bug
        return document

    def form(self) -> dict[str, str]:
        """Parse the body as an HTML form. Raises ValueError if it is not one."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, max_num_fields=50))


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    delivery: Delivery = Delivery.COMPLETE


def json_response(document: object, status: int = 200, *headers: tuple[str, str]) -> Response:
    """Return a response with `document` as its JSON body."""
    return Response(status, json.dumps(document).encode(), (("Content-Type", "application/json"), *headers))
