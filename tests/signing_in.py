"""A sign-in as `ssohelper configure` and `ssohelper login` leave it, without the time that two programs take.

Hundreds of tests begin with one. That it is what the commands leave is tested, too: `tests/commands/test_login.py`.
"""

import json
import time
from pathlib import Path
from typing import Any

from ssohelper.model import Session
from ssohelper.sign_in import timestamps, token_cache
from ssohelper.simulator.server import Simulator
from tests.simulator import wire

_SCOPE = "sso:account:access"
_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


def leave(home: Path, center: Simulator, name: str) -> None:
    """Leave a session of that name in a home folder, and a sign-in to it. The center approves every sign-in."""
    session = Session(name, center.start_url, center.region)
    config = home / ".aws" / "config"
    section = {
        "sso_start_url": session.start_url,
        "sso_region": session.region,
        "sso_registration_scopes": _SCOPE,
    }
    before = config.read_text() if config.exists() else ""
    if f"[sso-session {name}]\n" not in before:
        lines = [f"[sso-session {name}]", *(f"{key} = {value}" for key, value in section.items())]
        _write(config, before + ("\n" if before else "") + "\n".join([*lines, ""]))
    client = _asked(center, "/client/register", clientName=f"ssohelper-{name}", clientType="public", scopes=[_SCOPE])
    secrets = {"clientId": client["clientId"], "clientSecret": client["clientSecret"]}
    code = _asked(center, "/device_authorization", **secrets, startUrl=session.start_url)
    grant = {"grantType": _DEVICE_CODE, "deviceCode": code["deviceCode"]}
    token = _asked(center, "/token", **secrets, **grant)
    now, until = time.time(), timestamps.written(client["clientSecretExpiresAt"])
    cache = config.with_name("sso") / "cache"
    _write(
        cache / token_cache.registration_path(session).name,
        json.dumps({**secrets, "expiresAt": until, "scopes": [_SCOPE]}),
    )
    facts = {
        "startUrl": session.start_url,
        "region": session.region,
        "accessToken": token["accessToken"],
        "expiresAt": timestamps.written(now + token["expiresIn"]),
        **secrets,
        "registrationExpiresAt": until,
        "refreshToken": token["refreshToken"],
    }
    _write(cache / f"{token_cache.digest(session)}.json", json.dumps(facts))
    renewals = home / ".local" / "state" / "ssohelper" / "renewals" / f"{token_cache.digest(session)}.json"
    _write(renewals, json.dumps({"signed_in_at": now}))


def _asked(center: Simulator, path: str, **body: object) -> dict[str, Any]:
    """What Identity Center answers."""
    answer = wire.ask(center, "POST", path, body)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner can read, in folders of the same kind."""
    for folder in reversed([each for each in path.parents if not each.exists()]):
        folder.mkdir(mode=0o700)
    path.touch(mode=0o600)
    path.write_text(text)
