"""Token refreshes in a process of their own, `processes/token_refresh.py`: it outlives the one that needs the token.

Identity Center may replace the refresh token when it gets the request. If the process that waits for the answer were
ended, the new one would be lost, and the sign-in with it. The request is in the stdin of the process, the result in
its stdout: both are JSON, and hold secrets.
"""

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from ssohelper.errors import BadInput, Failed, SignInRequired, SsohelperError, Unavailable
from ssohelper.identity_center.network import Network
from ssohelper.model import Registration, Session, Token

_ERRORS = {each.__name__: each for each in (SignInRequired, Unavailable, BadInput, Failed)}
_FAILED = "the process that refreshes the sign-in failed"


class Request(NamedTuple):
    """What is refreshed; `keyring`: its refresh token is in the keyring."""

    session: Session
    network: Network
    keyring: bool

    def to_json(self) -> str:
        """The request as the process reads it."""
        network = {**self.network._asdict(), "proxy_settings": dict(self.network.proxy_settings)}
        return json.dumps({"session": asdict(self.session), "network": network, "keyring": self.keyring})

    @classmethod
    def from_json(cls, text: str) -> "Request":
        """The request that `to_json` wrote."""
        data = json.loads(text)
        session = Session(**{**data["session"], "scopes": tuple(data["session"]["scopes"])})
        return cls(session, Network(**data["network"]), data["keyring"])


def result_to_json(result: Token | SsohelperError) -> str:
    """A result as the process prints it."""
    if isinstance(result, Token):
        return json.dumps({"token": asdict(result)})
    kind = next(name for name, each in _ERRORS.items() if isinstance(result, each))
    return json.dumps({"error": kind, "message": str(result), "hint": result.hint})


def _token_from_json(text: str) -> Token:
    """The token of a result. Raises the error of a result, and `Failed` if it is neither."""
    try:
        data: dict[str, Any] = json.loads(text)
        if "error" in data:
            raise _ERRORS[data["error"]](data["message"], hint=data["hint"])
        registration = data["token"].pop("registration")
        registration = registration and Registration(**{**registration, "scopes": tuple(registration["scopes"])})
        return Token(registration=registration, **data["token"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Failed(_FAILED) from error


class RefreshProcess:
    """Refreshes the token of one session in a new process."""

    def __init__(self, command: Sequence[str], request: Callable[[], Request]) -> None:
        self._command = command
        self._request = request

    def refresh(self, lock: int, seconds: float | None) -> Token:
        """The new token.

        The process inherits the `lock`, a handle, so that the lock is held until it ends. Raises `Unavailable` if it
        takes longer than `seconds`, else what the refresh raises.
        """
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # ours may be a pipe, whose reader would wait until that process ends
                start_new_session=True,  # a closed terminal and Ctrl-C end this process only
                pass_fds=(lock,) if os.name == "posix" else (),
            )
        except OSError as error:
            raise Failed(f"can't start the process that refreshes the sign-in: {error.strerror}") from error
        try:
            result, _ = process.communicate(self._request().to_json().encode(), seconds)
        except subprocess.TimeoutExpired as error:
            _abandon(process)
            raise Unavailable(f"no answer within {seconds or 0:.0f} seconds") from error
        return _token_from_json(result.decode())


def _abandon(process: "subprocess.Popen[bytes]") -> None:
    """Let the process go on: `Popen` would complain of one that nobody waits for."""
    process.returncode = 0
    if process.stdout is not None:
        process.stdout.close()
