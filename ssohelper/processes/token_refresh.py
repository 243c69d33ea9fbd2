"""`python -m ssohelper.processes.token_refresh`: refreshes one token and ends, see `sign_in/refresh_process.py`.

It goes on when the process that started it has ended, and no signal that ends a job or a session ends it.
"""

import os
import signal
import sys
import time
from contextlib import suppress

from ssohelper.errors import Failed, SignInRequired, SsohelperError
from ssohelper.identity_center.oidc import Oidc
from ssohelper.model import Token
from ssohelper.sign_in import refresh_process, token_cache
from ssohelper.sign_in.refresh_process import Request
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
    result: Token | SsohelperError
    try:
        result = _refresh(request)
    except SsohelperError as error:
        result = error
    with suppress(BrokenPipeError):  # nobody waits any more
        os.write(1, refresh_process.result_to_json(result).encode())


def _refresh(request: Request) -> Token:
    session, store = request.session, None
    with suppress(Failed):  # only messages use it
        locks.record_holder(token_cache.lock_name(session))
    if request.keyring:
        from ssohelper.storage.system_keyring import SystemKeyring

        store = SystemKeyring()
    token = token_cache.load_token(session, store)
    if token is None:
        raise SignInRequired(f"not signed in to {session.name}", hint=session.login_command)
    oidc = Oidc(session, request.network)
    return TokenRefresh(session, lambda: oidc, store, now=time.time, sleep=time.sleep).refresh(token)


if __name__ == "__main__":
    main()
