"""Pagination with an opaque `next_token` that clients cannot forge."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import TypeVar

from ssohelper.simulator.errors import invalid_request
from ssohelper.simulator.messages import Request

Item = TypeVar("Item")

# AWS does not document the default page size. This is the maximum of the service model.
DEFAULT_PAGE_SIZE = 100


class Pagination:
    """Splits listings into pages. A token is the offset of the next page with a MAC."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def page(self, request: Request, listing: str, items: Sequence[Item]) -> tuple[Sequence[Item], dict[str, str]]:
        """Return the items of the requested page, and `{"nextToken": …}` if more follow.

        `listing` identifies the listing and its user: its tokens are not valid for any other listing. Raises
        InvalidRequestException if `max_result` is not 1 to 100 or `next_token` is invalid.
        """
        size = _page_size(request.query.get("max_result"))
        token = request.query.get("next_token")
        start = 0 if token is None else self._offset(token, listing)
        next_token = {"nextToken": self._token(start + size, listing)} if start + size < len(items) else {}
        return items[start : start + size], next_token

    def _token(self, offset: int, listing: str) -> str:
        mac = hmac.digest(self._key, f"{offset} {listing}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(mac + str(offset).encode()).decode()

    def _offset(self, token: str, listing: str) -> int:
        try:
            offset = int(base64.urlsafe_b64decode(token)[32:])
        except (binascii.Error, ValueError):
            offset = -1
        if not hmac.compare_digest(self._token(offset, listing).encode(), token.encode()):
            raise invalid_request("Invalid next_token")
        return offset


def _page_size(text: str | None) -> int:
    if text is None:
        return DEFAULT_PAGE_SIZE
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= 100):
        raise invalid_request("ResultSize parameter must be within the valid limits of: 1-100")
    return int(text)
