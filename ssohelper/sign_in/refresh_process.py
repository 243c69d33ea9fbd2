"""Token refreshes in a process of their own, `processes/token_refresh.py`: it outlives the one that needs the token.

Identity Center may replace the refresh token when it gets the request. If the process that waits for the answer were
ended, the new one would be lost, and the sign-in with it. The request is in the stdin of the process, the result in
its stdout: both are JSON, and hold secrets.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ssohelper.errors import BadInput, Failed, SignInRequired, SsohelperError, Unavailable
from ssohelper.identity_center.network import Network
from ssohelper.model import Registration, Session, Token

_ERRORS = {each.__name__: each for each in (SignInRequired, Unavailable, BadInput, Failed)}
# The same on Windows, which has no sessions.
_DETACHED = getattr(subprocess, "DETACHED_PROCESS", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
_FAILED = "the process that refreshes the sign-in failed"


class Request(NamedTuple):
    """What is refreshed. `keyring`: its refresh token is there; `attended`: a person can unlock the keyring."""

    session: Session
    network: Network
    keyring: bool
    attended: bool

    def to_json(self) -> str:
        """The request as the process reads it."""
        network = {**self.network._asdict(), "proxy_settings": dict(self.network.proxy_settings)}
        return json.dumps({**self._asdict(), "session": self.session._asdict(), "network": network})

    @classmethod
    def from_json(cls, text: str) -> "Request":
        """The request that `to_json` wrote."""
        data = json.loads(text)
        session, network = Session.from_dict(data.pop("session")), Network(**data.pop("network"))
        return cls(session, network, **data)


class Result(NamedTuple):
    """The result of a refresh: the new token or an error, and warnings."""

    outcome: Token | SsohelperError
    warnings: Sequence[str] = ()

    def to_json(self) -> str:
        """The result as the process prints it."""
        outcome, data = self.outcome, dict[str, Any]()
        if isinstance(outcome, Token):
            registration = outcome.registration and outcome.registration._asdict()
            data["token"] = {**outcome._asdict(), "registration": registration}
        else:
            kind = next(name for name, each in _ERRORS.items() if isinstance(outcome, each))
            data["error"] = {"kind": kind, "message": str(outcome), "hint": outcome.hint}
        return json.dumps({**data, "warnings": self.warnings})

    @classmethod
    def from_json(cls, text: str) -> "Result":
        """The result that `to_json` wrote; an error if it is something else."""
        try:
            data = json.loads(text)
            if "error" in data:
                error = data["error"]
                return cls(_ERRORS[error["kind"]](error["message"], hint=error["hint"]), data["warnings"])
            registration = data["token"].pop("registration")
            registration = registration and Registration(**{**registration, "scopes": tuple(registration["scopes"])})
            return cls(Token(registration=registration, **data["token"]), data["warnings"])
        except (ValueError, TypeError, KeyError, RecursionError):
            return cls(Failed(_FAILED))


class RefreshProcess:
    """Refreshes the token of one session in a new process."""

    def __init__(self, command: Sequence[str], request: Request, warn: Callable[[str], None]) -> None:
        self._command = command
        self._request = request
        self._warn = warn

    def refresh(self, lock: int | None, seconds: float | None) -> Token:
        """The new token.

        The process inherits the `lock`, a handle if there are locks, so that the lock is held until it ends. Raises
        `Unavailable` if it takes longer than `seconds`, else what the refresh raises.
        """
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # ours may be a pipe, whose reader would wait until that process ends
                # A closed terminal and Ctrl-C end this process only.
                start_new_session=True,
                creationflags=_DETACHED,
                pass_fds=(lock,) if lock is not None and sys.platform != "win32" else (),
            )
        except OSError as error:
            raise Failed(f"can't start the process that refreshes the sign-in: {error.strerror}") from error
        try:
            printed, _ = process.communicate(self._request.to_json().encode(), seconds)
        except subprocess.TimeoutExpired as error:
            _abandon(process)
            raise Unavailable(f"no answer within {seconds or 0:.0f} seconds") from error
        result = Result.from_json(printed.decode())
        for each in result.warnings:
            self._warn(each)
        if isinstance(result.outcome, SsohelperError):
            raise result.outcome
        return result.outcome


def _abandon(process: "subprocess.Popen[bytes]") -> None:
    """Let the process go on: `Popen` would complain of one that nobody waits for."""
    process.returncode = 0
    if process.stdout is not None:
        process.stdout.close()
