"""Where a profile's credentials come from is what botocore says."""

import itertools
import os
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from ssohelper.aws_config.config_text import parse
from ssohelper.aws_config.credential_source import Refused, Source, source_of
from ssohelper.aws_config.merged import AwsFiles
from tests.fixtures import botocore_view, profile_configs
from tests.fixtures.botocore_view import Refusal
from tests.fixtures.examples import examples


def described(source: Source | None) -> tuple[Any, ...] | None:
    """A source as `botocore_view` describes it."""
    if source is None:
        return None
    if source.method == "sso":
        assert source.sso is not None
        return (source.method, *source.sso)
    if source.method == "custom-process":
        return source.method, source.process
    if source.method == "assume-role":
        return source.method, source.role_arn, described(source.base)
    return (source.method, source.role_arn) if source.role_arn else (source.method,)


def ours(scene: "Scene") -> Any:
    """What we say."""
    files = AwsFiles(parse(scene.config.encode()), lambda: parse(scene.credentials.encode()))
    if scene.explicit and scene.profile not in files.profiles and not files.problem:
        return Refusal("no such profile")
    try:
        return described(source_of(files, scene.profile, scene.environment, explicit=scene.explicit))
    except Refused as refused:
        return Refusal(str(refused))


class Scene(NamedTuple):
    """Two files, an environment, and the profile whose source is asked for."""

    config: str
    credentials: str
    environment: dict[str, str]
    explicit: bool
    profile: str


@st.composite
def _scenes(draw: st.DrawFn) -> Scene:
    explicit = draw(st.booleans())
    profile = draw(st.sampled_from(profile_configs.NAMES)) if explicit else "default"
    return Scene(
        draw(profile_configs.configs()),
        draw(profile_configs.credentials()),
        draw(profile_configs.environments),
        explicit,
        profile,
    )


# The options that name each source, in the two files.
SOURCES: dict[str, tuple[str, str]] = {
    "assumed role": ("role_arn = arn:aws:iam::1:role/x\nsource_profile = base\n", ""),
    "web identity": ("role_arn = arn:aws:iam::1:role/x\nweb_identity_token_file = /token\n", ""),
    "sso": ("sso_session = main\nsso_account_id = 111122223333\nsso_role_name = Admin\n", ""),
    "credentials file": ("", "aws_access_key_id = A\naws_secret_access_key = S\n"),
    "login": ("login_session = arn:aws:iam::1:user/x\n", ""),
    "process": ("credential_process = /bin/x\n", ""),
    "config keys": ("aws_access_key_id = C\naws_secret_access_key = S\n", ""),
}


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(SOURCES, 2)))
def test_order(tmp_path: Path, one: str, other: str) -> None:
    """Of any two sources, the one counts that botocore takes."""
    options = dict.fromkeys((SOURCES[one][0] + SOURCES[other][0]).splitlines())  # role_arn may be in both
    session = "[sso-session main]\nsso_start_url = https://a/start\nsso_region = eu-west-1\n"
    base = "[profile base]\ncredential_process = /bin/base\n"
    keys = SOURCES[one][1] or SOURCES[other][1]
    config = "\n".join([f"{session}{base}[profile a]", *options, ""])
    scene = Scene(config, f"[a]\n{keys}" if keys else "", {}, explicit=True, profile="a")
    theirs = asked(tmp_path, scene)
    assert isinstance(theirs, tuple)
    assert ours(scene) == theirs


def asked(folder: Path, scene: Scene) -> Any:
    """What botocore says."""
    files = botocore_view.write(folder, scene.config.encode(), scene.credentials.encode())
    with mock.patch.dict(os.environ, {**files, **scene.environment, "HOME": str(folder)}):
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
            os.environ.pop(name, None)
        return botocore_view.source(scene.profile if scene.explicit else None)


@settings(
    deadline=None,
    max_examples=examples(300),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(scene=_scenes())
def test_same_source_as_botocore(tmp_path: Path, scene: Scene) -> None:
    """Botocore takes the same source, for the same role, or refuses as we do."""
    theirs = asked(tmp_path, scene)
    event(theirs[0] if isinstance(theirs, tuple) else type(theirs).__name__)
    assert ours(scene) == theirs, theirs


@pytest.mark.parametrize(
    ("session", "profile"),
    [
        ("s3 =\n  a = 1\n", "s3 =\n    a=1\n\n"),  # equal as blocks, not as text
        ("s3 =\n  a = 1\n", "s3 =\n  a = 2\n"),
        ("", "sso_region = eu-west-1\n"),
        ("sso_role_name = Admin\n", "sso_role_name = Admin\n"),
        ("metadata_service_timeout = 1.5\n", ""),
        ("", "metadata_service_timeout = 1.5\n"),
        ("", "metadata_service_num_attempts = 1_0\n"),
        ("", "ec2_metadata_service_endpoint_mode = IPv5\n"),
    ],
)
@pytest.mark.parametrize("url_only", [False, True])
def test_session_and_profile(tmp_path: Path, session: str, profile: str, *, url_only: bool) -> None:
    """What stands in the session, in the profile, or in both, is read as botocore reads it."""
    region = "" if url_only else "sso_region = eu-west-1\n"
    role = "sso_account_id = 111122223333\nsso_role_name = Admin\n"
    role = role.replace("sso_role_name = Admin\n", "") if "sso_role_name" in profile else role
    config = f"[sso-session main]\nsso_start_url = https://a/start\n{region}{session}"
    scene = Scene(f"{config}[profile a]\nsso_session = main\n{role}{profile}", "", {}, explicit=True, profile="a")
    assert ours(scene) == asked(tmp_path, scene)
