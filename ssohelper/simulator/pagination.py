"""Pages of a listing, with a `next_token` that tells the client nothing and that nobody can make up."""

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

# AWS does not publish how much a page holds where nobody says; its upper limit is a fair guess.
DEFAULT_PAGE = 100


class Pagination:
    """Cuts listings into pages; a token is the place where the next page begins, and a proof that we made it."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def page(self, request: Request, listing: str, items: Sequence[Item]) -> tuple[Sequence[Item], dict[str, str]]:
        """The items that `request` asks for, and `{"nextToken": …}` where more follow.

        `listing` says what is listed for whom: a token of one listing is refused by another. Raises
        InvalidRequestException for a `max_result` outside 1 to 100 or a `next_token` that is not ours.
        """
        size = _size(request.query.get("max_result"))
        token = request.query.get("next_token")
        start = 0 if token is None else self._place(token, listing)
        following = {"nextToken": self._token(start + size, listing)} if start + size < len(items) else {}
        return items[start : start + size], following

    def _token(self, place: int, listing: str) -> str:
        proof = hmac.digest(self._key, f"{place} {listing}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(proof + str(place).encode()).decode()

    def _place(self, token: str, listing: str) -> int:
        try:
            place = int(base64.urlsafe_b64decode(token)[32:])
        except (binascii.Error, ValueError):
            place = -1
        if not hmac.compare_digest(self._token(place, listing).encode(), token.encode()):
            raise invalid_request("Invalid next_token")
        return place


def _size(text: str | None) -> int:
    if text is None:
        return DEFAULT_PAGE
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= 100):
        raise invalid_request("ResultSize parameter must be within the valid limits of: 1-100")
    return int(text)
