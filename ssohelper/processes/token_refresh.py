"""`python -m ssohelper.processes.token_refresh`: refreshes one token and ends, see `sign_in/refresh_process.py`.

It keeps running if the process that started it ends, and ignores SIGINT, SIGTERM and SIGHUP.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from ssohelper.errors import Failed, SignInRequired, SsohelperError
from ssohelper.identity_center.oidc import Oidc
from ssohelper.model import Token
from ssohelper.sign_in import token_cache
from ssohelper.sign_in.refresh_process import Request, Result
from ssohelper.sign_in.runtime import Runtime
from ssohelper.sign_in.token_refresh import TokenRefresh
from ssohelper.storage import locks

# The timeouts of a request are for each byte. When this time is over, the process is killed.
_LONGEST_SECONDS = 300


def main() -> None:
    """Refresh the token that stdin names, and print the result."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if hasattr(signal, "alarm"):
        signal.alarm(_LONGEST_SECONDS)
    request = Request.from_json(sys.stdin.read())
    warnings = list[str]()
    outcome: Token | SsohelperError
    try:
        outcome = _refresh(request, warnings.append)
    except SsohelperError as error:
        outcome = error
    with suppress(BrokenPipeError):  # nobody waits any more
        os.write(1, Result(outcome, warnings).to_json().encode())


def _refresh(request: Request, warn: Callable[[str], None]) -> Token:
    session, store = request.session, None
    with suppress(Failed):  # only messages use it
        locks.record_holder(token_cache.lock_name(session))
    if request.keyring:
        from ssohelper.storage.system_keyring import SystemKeyring

        store = SystemKeyring(attended=request.attended)
    token = token_cache.load_token(session, store)
    if token is None:
        raise SignInRequired(f"not signed in to {session.name}", hint=session.login_command)
    runtime = Runtime(now=time.time, sleep=time.sleep, waiting=lambda _what: lambda _process: None, warn=warn)
    oidc = Oidc(session, request.network)
    return TokenRefresh(session, lambda: oidc, store, runtime).refresh(token)


if __name__ == "__main__":
    main()
