"""The sign-in in a browser, where it ends without one."""

from pathlib import Path

import pytest

from ssohelper.errors import SignInRequired
from ssohelper.model import Registration, Session
from ssohelper.sign_in import browser, token_cache
from ssohelper.sign_in.callback import Callback

SESSION = Session("acme", "https://acme.awsapps.com/start", "us-east-1")


def test_nobody_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the time is up the login to use is named, and the next one registers anew: this one may be unknown by now.

    Inside, since outside it takes ten minutes.
    """
    monkeypatch.setenv("HOME", str(tmp_path))
    token_cache.save_registration(SESSION, Registration("id", "secret", 4e9, SESSION.scopes, browser=True))
    with Callback("state") as callback, pytest.raises(SignInRequired) as caught:
        browser._wait(SESSION, callback, 0.1)
    assert (str(caught.value), caught.value.hint) == (
        "nobody signed in within ten minutes",
        "ssohelper login --session acme",
    )
    assert token_cache.load_registration(SESSION, browser=True) is None
