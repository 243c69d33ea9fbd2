"""Where a profile's credentials come from is what botocore says."""

import os
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from ssohelper.aws_config.config_text import parse
from ssohelper.aws_config.credential_source import Refused, Source, source_of
from ssohelper.aws_config.merged import AwsFiles
from tests.fixtures import botocore_view
from tests.fixtures.botocore_view import Refusal
from tests.fixtures.examples import examples

_NAMES = ("default", "a", "b", "c")
_SESSIONS = ("main", "other")
_VALUES: dict[str, tuple[str, ...]] = {
    "role_arn": ("arn:aws:iam::1:role/x", ""),
    "source_profile": (*_NAMES, "none", ""),
    "credential_source": ("Environment", "EcsContainer", "Ec2InstanceMetadata", "environment", ""),
    "web_identity_token_file": ("/token", ""),
    "sso_session": (*_SESSIONS, "main", "main", "none", ""),
    "sso_start_url": ("https://a/start", "https://b/start", ""),
    "sso_region": ("eu-west-1", "us-east-1", ""),
    "sso_account_id": ("111122223333", "444455556666", ""),
    "sso_role_name": ("Admin", "ReadOnly", ""),
    "sso_registration_scopes": ("sso:account:access", "other"),
    "aws_access_key_id": ("AKIA1", ""),
    "aws_secret_access_key": ("secret", ""),
    "login_session": ("arn:aws:iam::1:user/x",),
    "credential_process": ("/bin/x --role 1", "/bin/y 'a b'", "/bin/z 'open", ""),
    "region": ("eu-west-1", "us-east-1"),
    "s3": ("\n  a = 1", "\n  a=1\n\n  # c\n", "\n  b = 1", "none"),
    "mfa_serial": ("arn:aws:iam::1:mfa/x",),
}
_SESSION_KEYS = ("sso_start_url", "sso_region", "sso_registration_scopes", "region", "sso_role_name", "s3")
_VARIABLES: dict[str, tuple[str, ...]] = {
    "AWS_ACCESS_KEY_ID": ("AKIA2", ""),
    "AWS_SECRET_ACCESS_KEY": ("secret", ""),
    "AWS_ROLE_ARN": ("arn:aws:iam::2:role/y", ""),
    "AWS_WEB_IDENTITY_TOKEN_FILE": ("/token2", ""),
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": ("/x", ""),
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": ("http://127.0.0.1/x",),
}


# What makes a profile complete, by the source that it means.
_SHAPES: tuple[dict[str, str], ...] = (
    {"sso_session": "main", "sso_account_id": "111122223333", "sso_role_name": "Admin"},
    {"sso_session": "main", "sso_account_id": "111122223333", "sso_role_name": "ReadOnly", "sso_region": "eu-west-1"},
    {
        "sso_start_url": "https://b/start",
        "sso_region": "us-east-1",
        "sso_account_id": "444455556666",
        "sso_role_name": "Admin",
    },
    {"role_arn": "arn:aws:iam::1:role/x", "source_profile": "a"},
    {"role_arn": "arn:aws:iam::1:role/x", "source_profile": "b", "mfa_serial": "arn:aws:iam::1:mfa/x"},
    {"role_arn": "arn:aws:iam::1:role/x", "source_profile": "default"},
    {"role_arn": "arn:aws:iam::1:role/x", "credential_source": "Ec2InstanceMetadata"},
    {"role_arn": "arn:aws:iam::1:role/x", "web_identity_token_file": "/token"},
    {"aws_access_key_id": "AKIA1", "aws_secret_access_key": "secret"},
    {"credential_process": "/bin/x --role 1"},
    {"login_session": "arn:aws:iam::1:user/x"},
    {"region": "eu-west-1"},
    {},
)
_BROKEN = ("[default]\n", "[profile default]\nregion = x\n", "[profile a]\n", "no option\n", "s3 =\n  invalid\n")


@st.composite
def _sections(draw: st.DrawFn, header: str, options: dict[str, str], keys: tuple[str, ...], most: int) -> str:
    """A section with these options, and with up to `most` other ones, which may take the place of some."""
    for key in draw(st.lists(st.sampled_from(keys), max_size=most, unique=True)):
        options = {**options, key: draw(st.sampled_from(_VALUES[key]))}
    delimiter = draw(st.sampled_from((" = ", " = ", "=", " : ")))
    return "".join([f"[{header}]\n", *(f"{key}{delimiter}{value}\n" for key, value in options.items())])


def _often_none(draw: st.DrawFn, most: int) -> int:
    return draw(st.sampled_from((0, 0, most)))


@st.composite
def _configs(draw: st.DrawFn) -> str:
    """Profiles and sessions of which most are complete, sometimes with [DEFAULT], or broken."""
    complete = {"sso_start_url": "https://a/start", "sso_region": "eu-west-1"}
    sections = [draw(_sections("sso-session main", complete, _SESSION_KEYS, _often_none(draw, 2)))]
    if draw(st.booleans()):
        sections.append(draw(_sections("sso-session other", {}, _SESSION_KEYS, 3)))
    if draw(st.integers(0, 4)) == 0:
        sections.append(draw(_sections("DEFAULT", draw(st.sampled_from(_SHAPES)), tuple(_VALUES), 1)))
    for name in draw(st.lists(st.sampled_from(_NAMES), min_size=2, max_size=4, unique=True)):
        header = draw(st.sampled_from(("default", "profile default"))) if name == "default" else f"profile {name}"
        shape = {**draw(st.sampled_from(_SHAPES)), **draw(st.sampled_from((*[{}] * 3, *_SHAPES)))}
        sections.append(draw(_sections(header, shape, tuple(_VALUES), _often_none(draw, 2))))
    if draw(st.integers(0, 19)) == 0:
        sections.append(draw(st.sampled_from(_BROKEN)))
    return "".join(draw(st.permutations(sections)))


@st.composite
def _credentials(draw: st.DrawFn) -> str:
    headers = draw(
        st.lists(st.sampled_from((*_NAMES, "profile a", "DEFAULT")), max_size=_often_none(draw, 2), unique=True)
    )
    shapes = st.sampled_from((_SHAPES[8], *_SHAPES))
    return "".join(draw(_sections(each, draw(shapes), tuple(_VALUES), _often_none(draw, 2))) for each in headers)


_environments = st.dictionaries(st.sampled_from(tuple(_VARIABLES)), st.none(), max_size=2).flatmap(
    lambda chosen: st.fixed_dictionaries({name: st.sampled_from(_VARIABLES[name]) for name in chosen})
)


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
    profile = draw(st.sampled_from(_NAMES)) if explicit else "default"
    return Scene(draw(_configs()), draw(_credentials()), draw(_environments), explicit, profile)


@settings(
    deadline=None,
    max_examples=examples(4000),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(scene=_scenes())
def test_same_source_as_botocore(tmp_path: Path, scene: Scene) -> None:
    """Botocore takes the same source, for the same role, or refuses as we do."""
    files = botocore_view.write(tmp_path, scene.config.encode(), scene.credentials.encode())
    with mock.patch.dict(os.environ, {**files, **scene.environment, "HOME": str(tmp_path)}):
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
            os.environ.pop(name, None)
        theirs = botocore_view.source(scene.profile if scene.explicit else None)
    event(theirs[0] if isinstance(theirs, tuple) else type(theirs).__name__)
    assert ours(scene) == theirs, theirs
