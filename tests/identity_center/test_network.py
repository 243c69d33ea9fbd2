"""Certificates and proxies as botocore takes them from a profile and the environment."""

import os
from pathlib import Path
from typing import Any
from unittest import mock

import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from ssohelper.aws_config.config_text import parse
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.errors import BadInput
from ssohelper.identity_center import network
from ssohelper.identity_center.network import Network

PROFILE = "[profile x]\nregion = us-east-1\n"


def ours(config: str, environment: dict[str, str]) -> Network:
    """What we take from a profile."""
    return network.for_profile(AwsFiles(parse(config.encode())).profiles["x"], environment)


def theirs(folder: Path, config: str, environment: dict[str, str]) -> tuple[object, object]:
    """The `verify` of botocore's client for a profile, and the `proxies_config` that it reads."""
    file = folder / "config"
    file.write_text(config)
    with mock.patch.dict(os.environ, {**environment, "AWS_CONFIG_FILE": str(file)}, clear=True):
        session = botocore.session.Session(profile="x")
        client: Any = session.create_client("sso", config=Config(signature_version=UNSIGNED))
        http = client._endpoint.http_session
        return http._verify, session.get_config_variable("proxies_config")


@pytest.mark.parametrize("aws", [None, "AWS"])
@pytest.mark.parametrize("own", [None, "own"])
@pytest.mark.parametrize("requests", [None, "REQUESTS"])
@pytest.mark.first_is_quick
def test_ca_bundle(tmp_path: Path, aws: str | None, own: str | None, requests: str | None) -> None:
    """The bundle is the one that botocore takes."""
    paths = {name: str(tmp_path / name) for name in ("AWS", "own", "REQUESTS")}
    for path in paths.values():
        Path(path).write_text("")
    environment = {f"{name}_CA_BUNDLE": paths[name] for name in (aws, requests) if name}
    config = PROFILE + (f"ca_bundle = {paths['own']}\n" if own else "")
    assert ours(config, environment).verify == theirs(tmp_path, config, environment)[0]


@pytest.mark.parametrize(
    "options",
    [
        "",
        "proxy_ca_bundle = /a\n",
        "proxy_client_cert = /b\nproxy_ca_bundle = /a\n",
        "proxy_use_forwarding_for_https = True\n",
        "proxy_use_forwarding_for_https = no\n",
    ],
)
@pytest.mark.first_is_quick
def test_proxies_config(tmp_path: Path, options: str) -> None:
    """The settings of the proxy are those that botocore takes."""
    _, settings = theirs(tmp_path, PROFILE + options, {})
    assert (ours(PROFILE + options, {}).proxies_config or {}) == (settings or {})


def test_empty() -> None:
    """An empty path is none: for botocore it would turn off the verification of certificates."""
    assert ours(f"{PROFILE}ca_bundle =\n", {"AWS_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": ""}).verify is True


def test_missing_file() -> None:
    """A bundle that does not exist is named with what names it."""
    with pytest.raises(
        BadInput, match=r"^ca_bundle of profile 'x' \(line 3 of the config file\): file not found: /n$"
    ):
        _ = ours(f"{PROFILE}ca_bundle = /n\n", {}).verify


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("http://proxy:8080", True),
        ("https://user:p%40ss@proxy.example.com:8080/", True),
        ("proxy", True),
        ("127.0.0.1:3128", True),
        ("http://[::1]:3128", True),
        ("http://proxy:80a", False),
        ("http://", False),
        ("http//proxy:8080", False),
        ("://x", False),
        ("http://[::1", False),
        ("127.0.0.1:99999", False),
        ("   ", False),
        ("socks5://127.0.0.1:1080", False),
    ],
)
def test_proxy_url(value: str, *, valid: bool) -> None:
    """What a proxy can be at; botocore knows no SOCKS."""
    assert network.is_proxy_url(value) == valid


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://u:secret@proxy:3128", "http://***@proxy:3128"),
        ("u:secret@proxy:3128", "***@proxy:3128"),
        ("https://u:sec/r@e://t@proxy", "https://***@proxy"),
        ("http://proxy:3128", "http://proxy:3128"),
        ("proxy", "proxy"),
    ],
)
def test_without_password(url: str, shown: str) -> None:
    """Nothing before the last @ is shown but the scheme."""
    assert network.without_password(url) == shown
