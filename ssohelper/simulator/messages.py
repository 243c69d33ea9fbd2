"""HTTP requests and responses, independent of the socket."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

# What is in an XML element: text, a structure, or a list of them.
Member = str | Mapping[str, "Member"] | Sequence["Member"]


class Delivery(Enum):
    """How a response is sent; after all but COMPLETE, the connection is closed."""

    COMPLETE = "complete"
    TRICKLE = "trickle"  # a byte per second
    HALF = "half"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request with its whole body; header names are in lower case.

    `empty_page` is an injected fault: a listing answers an empty page that goes on to the real one.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    empty_page: bool = False

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

    def form(self, most_fields: int = 50) -> dict[str, str]:
        """Parse the body as an HTML form. Raises ValueError if it is not one, or has too many fields."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, max_num_fields=most_fields))


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


def json_1_1_response(document: object, status: int = 200, *headers: tuple[str, str]) -> Response:
    """Return a response of AWS's JSON protocol, version 1.1."""
    return Response(status, json.dumps(document).encode(), (("Content-Type", "application/x-amz-json-1.1"), *headers))


def xml_response(name: str, members: Mapping[str, Member], status: int = 200) -> Response:
    """Return a response of AWS's query protocol, with an element called `name`."""
    request_id: Member = {"RequestId": secrets.token_hex(16)}
    text = f"<{name}>{_elements({**members, 'ResponseMetadata': request_id})}</{name}>"
    return Response(status, text.encode(), (("Content-Type", "text/xml"),))


def _elements(members: Mapping[str, Member]) -> str:
    return "".join(f"<{name}>{_content(each)}</{name}>" for name, each in members.items())


def _content(member: Member) -> str:
    if isinstance(member, str):
        return escape("".join(each if each.isprintable() else "?" for each in member))
    if isinstance(member, Mapping):
        return _elements(member)
    return "".join(f"<member>{_content(each)}</member>" for each in member)
