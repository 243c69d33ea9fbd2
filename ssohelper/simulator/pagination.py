"""Pagination with opaque tokens that clients cannot forge."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")
_MAC_BYTES = 32


class InvalidToken(Exception):
    """A token was not issued for this listing."""


class Page(NamedTuple, Generic[Item]):
    """Some items of a listing, and the token of the next page; None if this is the last one."""

    items: Sequence[Item]
    next_token: str | None


class Pagination:
    """Splits listings into pages. A token has the offset of the next page, with a MAC."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def page(
        self, listing: str, items: Sequence[Item], size: int, token: str | None, *, empty: bool = False
    ) -> Page[Item]:
        """Return the page that a token stands for, or the first one.

        `listing` identifies the listing and its reader: its tokens are not valid for any other listing. With `empty`
        the page has no items, and its token goes on to the items that it would have.
        """
        start = 0 if token is None else self._offset(token, listing)
        if empty:
            return Page((), self._token(start, listing))
        end = start + size
        return Page(items[start:end], self._token(end, listing) if end < len(items) else None)

    def _token(self, offset: int, listing: str) -> str:
        # Botocore takes a token that it gets twice, as after two empty pages, for an endless listing.
        return self._signed(f"{secrets.token_hex(4)} {offset}".encode(), listing)

    def _offset(self, token: str, listing: str) -> int:
        try:
            text = base64.urlsafe_b64decode(token)[_MAC_BYTES:]
        except (binascii.Error, ValueError):
            raise InvalidToken from None
        if not hmac.compare_digest(self._signed(text, listing).encode(), token.encode()):
            raise InvalidToken
        return int(text.split()[1])

    def _signed(self, text: bytes, listing: str) -> str:
        mac = hmac.digest(self._key, b"%b\0%b" % (text, listing.encode()), hashlib.sha256)
        return base64.urlsafe_b64encode(mac + text).decode()
