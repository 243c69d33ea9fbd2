"""Files and folders with secrets are private, and no output has a secret in it."""

import json
from pathlib import Path

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, sign_in


def test_secrets(signed_in: Home, identity_center: Simulator) -> None:
    """No file with a secret can be read by others, and no output has a secret, not even a traceback."""
    sign_in(signed_in, identity_center, "beta")
    cache = [json.loads(path.read_bytes()) for path in signed_in.path.rglob("*.json")]
    secrets = {each[key] for each in cache for key in ("accessToken", "refreshToken", "clientSecret") if key in each}
    assert len(secrets) >= 6
    for path in signed_in.path.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path
    # A bug during a request, when variables hold the token, with the traceback printed.
    broken = signed_in.path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import botocore.httpsession as h\ndef send(self, request): raise RuntimeError('broken')\n"
        "h.URLLib3Session.send = send\n"
    )
    for words in (("accounts",), ("roles",), ("login", "--force"), ("sync", "--yes")):
        done = signed_in.ssohelper(*words, "--session", "acme", SSOHELPER_TRACEBACK="1", PYTHONPATH=str(broken))
        assert "RuntimeError" in done.stderr
        assert not [secret for secret in secrets if secret in done.stdout + done.stderr]


def test_folders(signed_in: Home) -> None:
    """Only the owner can enter the folders that ssohelper makes."""
    made = [Path(".aws"), Path(".aws/sso"), Path(".aws/sso/cache"), Path(".local/state/ssohelper")]
    assert {str(each): oct((signed_in.path / each).stat().st_mode & 0o777) for each in made} == {
        str(each): "0o700" for each in made
    }
