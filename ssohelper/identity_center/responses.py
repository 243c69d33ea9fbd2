"""Checks each member of a response before it is used or cached: its type, and that times are plausible.

botocore returns JSON members as they are, whatever type its service model names. Every problem is raised as
`Unavailable`: no response of a working service looks like that, and the next one may be good.
"""

import json
import math
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ssohelper import durations, loopback
from ssohelper.errors import Unavailable
from ssohelper.identity_center.errors import IDENTITY_CENTER, invalid_response, server_time

# A smaller difference, in seconds, is not a wrong clock: AWS accepts signatures within it.
_SKEW_SECONDS = 5 * 60
# Longer than anything that is issued: a sign-in lasts 90 days at most, a client registration about as long.
LONGEST_SECONDS = 400 * 24 * 3600.0


class Response:
    """One response, or a structure in it. Each method raises `Unavailable` if the member is not what it should be."""

    def __init__(self, data: object, service: str = IDENTITY_CENTER, server_time: float | None = None) -> None:
        self._service = service
        self._server_time = server_time
        if not isinstance(data, Mapping):
            raise self._invalid()
        self._data: Mapping[str, Any] = data

    @classmethod
    def of(cls, response: Mapping[str, Any], service: str = IDENTITY_CENTER) -> "Response":
        """The response that botocore has parsed, with the time of the service's own clock."""
        return cls(response, service, server_time(response.get("ResponseMetadata", {})))

    def has(self, name: str) -> bool:
        """Whether there is such a member, which may be anything but null or empty."""
        return self._data.get(name) not in (None, "")

    def text(self, name: str) -> str:
        """A text that is not empty, on one line and without control characters."""
        found = self._data.get(name)
        if not isinstance(found, str) or not found or not found.isprintable():
            raise self._invalid()
        return found

    def optional_text(self, name: str) -> str | None:
        """The same, or None if it is missing, null or empty."""
        return self.text(name) if self.has(name) else None

    def equal(self, name: str, expected: str) -> bool:
        """True: a text that repeats what was asked for has to be the same."""
        if self.text(name) != expected:
            raise self._invalid()
        return True

    def one_of(self, name: str, words: Collection[str]) -> str:
        """One of these words."""
        found = self.text(name)
        if found not in words:
            raise self._invalid()
        return found

    def free_text(self, name: str) -> str | None:
        """A text that somebody has written, with any characters; None if there is none."""
        found = self._data.get(name)
        if found is not None and not isinstance(found, str):
            raise self._invalid()
        return found or None

    def json_text(self, name: str) -> str:
        """A JSON document as text; botocore parses the one that IAM quotes in a response."""
        found = self._data.get(name)
        if isinstance(found, Mapping):
            return json.dumps(found)
        if not isinstance(found, str) or not found:
            raise self._invalid()
        return found

    def url(self, name: str) -> str:
        """The address of a page, with https unless it is on this machine: it is opened in a browser."""
        found = self.text(name)
        try:
            parts = urlsplit(found)
        except ValueError:
            raise self._invalid() from None
        local = parts.scheme == "http" and parts.hostname in loopback.HOSTS
        if not parts.hostname or not (parts.scheme == "https" or local) or " " in found:
            raise self._invalid()
        return found

    def structure(self, name: str) -> "Response":
        """The structure called `name`."""
        return Response(self._data.get(name), self._service, self._server_time)

    def structures(self, name: str) -> Iterator["Response"]:
        """A list of structures, checked as a whole before the first one is returned."""
        found = self._data.get(name)
        if not isinstance(found, list):
            raise self._invalid()
        return iter([Response(each, self._service, self._server_time) for each in found])

    def optional_structures(self, name: str) -> Iterator["Response"]:
        """The same; none if the list is missing."""
        return self.structures(name) if name in self._data else iter(())

    def texts(self, name: str, *, required: bool = False) -> list[str]:
        """A list of texts, each on one line and without control characters; empty if it is missing."""
        found = self._data.get(name, None if required else [])
        if not isinstance(found, list) or not all(isinstance(each, str) and each.isprintable() for each in found):
            raise self._invalid()
        return found

    def truth(self, name: str) -> bool:
        """Whether something is so."""
        found = self._data.get(name)
        if not isinstance(found, bool):
            raise self._invalid()
        return found

    def time(self, name: str) -> float | None:
        """When something was, in Unix seconds; None if it is missing."""
        found = self._data.get(name)
        if found is None:
            return None
        if not isinstance(found, datetime):  # as botocore has parsed it
            raise self._invalid()
        return found.timestamp()

    def seconds(self, name: str, default: float | None = None) -> float:
        """A duration in seconds, more than 0 and less than 400 days; `default` if it is missing."""
        found = self._data.get(name)
        if found is None and default is not None:
            return default
        return self._number(found, 0.0, LONGEST_SECONDS)

    def expiry(self, name: str, now: float, *, milliseconds: bool = False) -> float:
        """When something expires, in Unix seconds, like `now`; the response may have it in milliseconds.

        If it is not in the future by our clock, although it is by the service's own, the message names the clock.
        """
        value = self._data.get(name)
        if isinstance(value, datetime):  # botocore's, for a response in XML
            value = value.timestamp()
        found = self._number(value, 0.0, math.inf) / (1000.0 if milliseconds else 1.0)
        if self._server_time is not None and not self._server_time < found < self._server_time + LONGEST_SECONDS:
            raise self._invalid()
        if not now < found < now + LONGEST_SECONDS:
            raise self._wrong_clock(now) if self._server_time is not None else self._invalid()
        return found

    def _number(self, found: object, least: float, most: float) -> float:
        """A number strictly between `least` and `most`."""
        try:
            number = float(found) if isinstance(found, int | float) and not isinstance(found, bool) else math.nan
        except OverflowError:  # an integer of hundreds of digits
            number = math.nan
        if not least < number < most:
            raise self._invalid()
        return number

    def _wrong_clock(self, now: float) -> Unavailable:
        assert self._server_time is not None
        off = now - self._server_time
        if abs(off) < _SKEW_SECONDS:
            return self._invalid()
        return Unavailable(
            f"the clock of this machine is {durations.shown(abs(off))} {'ahead of' if off > 0 else 'behind'}"
            f" that of {self._service}",
            hint="set the clock, then run the command again",
        )

    def _invalid(self) -> Unavailable:
        return invalid_response(self._service)
