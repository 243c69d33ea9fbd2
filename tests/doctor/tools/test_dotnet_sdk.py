"""What the doctor says about the SDK for .NET, compared with the real one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ssohelper.aws_config.config_text import parse
from ssohelper.doctor.tools import dotnet_sdk
from tests.fixtures import dotnet, dotnet_configs
from tests.fixtures.components import need
from tests.fixtures.doctor_runs import config_findings
from tests.fixtures.examples import examples
from tests.fixtures.home import Home

pytestmark = pytest.mark.full

Seen = Callable[[list[str]], dict[str, list[dict[str, Any]]]]


@pytest.fixture
def seen(tmp_path: Path) -> Seen:
    """What each version of the SDK sees in config files."""

    def read(configs: list[str]) -> dict[str, list[dict[str, Any]]]:
        return {version: dotnet.profiles(f"aws-dotnet-{version}", configs, tmp_path) for version in ("3", "4")}

    return read


# Without shrinking, for which a program would have to be started hundreds of times.
many_files = settings(
    deadline=None,
    max_examples=examples(5),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.generate),
)


def refused(text: str) -> list[int]:
    """The lines of a file that the SDK refuses, counted from 1."""
    return [number for number, line in enumerate(parse(text.encode()).lines, 1) if dotnet_sdk.refuses(line)]


@many_files
@given(configs=st.lists(dotnet_configs.odd_files(), min_size=60, max_size=60))
def test_refused_lines(seen: Seen, configs: list[str]) -> None:
    """Both versions refuse a file because of the lines that we say, and name the first of them."""
    for answers in seen(configs).values():
        for text, answer in zip(configs, answers, strict=True):
            lines = refused(text)
            assert ("error" in answer) == bool(lines), (text, answer)
            assert not lines or answer["error"].startswith(f"InvalidDataException: Line {lines[0]}:"), (text, answer)


@many_files
@given(options=st.lists(dotnet_configs.options(), min_size=100, max_size=100))
def test_obstacles(seen: Seen, options: list[dict[str, str]]) -> None:
    """A version does not find a profile because of the options that we say, and without them it does."""
    configs = [dotnet_configs.of_profile(each) for each in options]
    for version, answers in seen(configs).items():
        for each, answer in zip(options, answers, strict=True):
            obstacles = [found.key for found in dotnet_sdk.obstacles(each) if version in found.versions]
            assert ("p" not in answer["profiles"]) == bool(obstacles), (each, obstacles, answer)


@pytest.mark.parametrize(
    "header", ["profile a", "profile 'a'", '"a b"', 'profile "a b"', "profile  a", r"profile a\ b"]
)
def test_name(seen: Seen, header: str) -> None:
    """It knows a profile by the text of its header, quotes included."""
    config = f"[{header}]\ncredential_process = x\n"
    (section,) = parse(config.encode()).sections
    for (answer,) in seen([config]).values():
        assert list(answer["profiles"]) == ([dotnet_sdk.profile_name(section)] if section.kind else [])


LINES = {
    "[profile x] # mine\nregion = us-east-1\n": ("text-after-header", "the SDK for .NET refuses the whole file"),
    "[profile x]\nregion: us-east-1\n": (
        "colon",
        "the SDKs for .NET, Java, Rust and others refuse the whole file",
    ),
    "[profile x]\nnote = a\n  b\n": ("continued-value", "the SDK for .NET refuses the whole file"),
}


@pytest.mark.parametrize("text", LINES)
def test_plain_program(configured: Home, text: str) -> None:
    """A program that names no profile ends because of one such line, and the doctor says which one."""
    before = configured.config.read_text()
    configured.config.write_text(f"{before}[default]\nregion = eu-west-1\n{text}")
    kind, affects = LINES[text]
    (found,) = config_findings(configured)
    assert (found["kind"], found["affects"]) == (kind, affects)
    done = configured.run(need("aws-dotnet-4"), "plain", **dotnet.VARIABLES)
    assert (f"Line {found['line']}:" in done.stdout, done.returncode) == (True, 1)


OTHER_READING = {
    "[profile x] # a = 1\nregion = us-east-1\n": (
        "text-after-header",
        "the SDK for .NET adds the options below to the section above",
    ),
    "[profile x]\nnote = a\n  credential_process = b\n": (
        "continued-value",
        "the SDK for .NET reads this line as an option",
    ),
}


@pytest.mark.parametrize("text", OTHER_READING)
def test_other_reading(configured: Home, seen: Seen, text: str) -> None:
    """A line that it takes for something else than botocore does is found, too."""
    before = "[profile above]\nsso_session = acme\nsso_account_id = 111122223333\nsso_role_name = Above\n"
    configured.config.write_text(configured.config.read_text() + before + text)
    (found,) = config_findings(configured)
    assert (found["kind"], found["affects"]) == OTHER_READING[text]
    for (answer,) in seen([configured.config.read_text()]).values():
        profiles = answer["profiles"]
        assert "x" in profiles or profiles["above"]["region"] == "us-east-1"


def test_written_profiles(synced: Home) -> None:
    """Both versions find each profile that `sync` writes, in both styles."""
    for style in ("sso", "credential-process"):
        done = synced.ssohelper("sync", "--yes", "--style", style)
        assert done.returncode == 0, done.stderr
        names = {each.name for each in parse(synced.config.read_bytes()).of_kind("profile")}
        for version in ("3", "4"):
            (answer,) = dotnet.profiles(f"aws-dotnet-{version}", [synced.config.read_text()], synced.path)
            assert set(answer["profiles"]) == names, json.dumps(answer)
