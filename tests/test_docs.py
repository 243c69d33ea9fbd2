"""The documentation says what is true: transcripts are what the commands print, the reference is their --help."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper.identity_center.admin_service import (
    ACCESS_ANALYZER,
    IAM,
    IDENTITY_CENTER,
    IDENTITY_STORE,
    OPERATIONS,
    ORGANIZATIONS,
)
from ssohelper.permission_sets import review
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import HANG_SECONDS, Home

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def normalised(text: str) -> str:
    """A transcript without what differs from run to run: ports, user codes, dates, access keys."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"\b[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}\b", "USER-CODE", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\d\b", "DATE", text)
    text = re.sub(r"\d+s ago", "0s ago", text)
    return re.sub(r"ASIA[A-Z2-7]{16}", "ASIAKEY", text)


def transcript(page: Path) -> str:
    """The first transcript on a page."""
    found = re.search(r"```console\n(.+?)```", page.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.full
def test_demo(make_home: Callable[..., Home]) -> None:
    """docs/demo.md shows what the demo prints."""
    printed = make_home().ssohelper("demo").stdout.strip("\n") + "\n"
    assert normalised(transcript(ROOT / "docs" / "demo.md")) == normalised(printed)


def test_readme(home: Home, identity_center: Simulator) -> None:
    """The README's transcript: the dialogue is the one that it shows, and writes the profile that is used."""
    home.environment.update(NO_COLOR="1", SHELL="")
    command_line, *dialogue, call = transcript(ROOT / "README.md").splitlines()
    shown = home.terminal(*shlex.split(command_line.removeprefix("$ ssohelper ")))
    # The simulator's start URL names no company, so its name is no default.
    answers = {"acme": identity_center.start_url, "eu-central-1": identity_center.region}
    for line in dialogue:
        question, _, typed = line.rpartition(": ") if re.match("start URL|region of", line) else (line, "", "")
        shown.expect_exact(question.partition(" [")[0])
        if line.startswith(("start URL", "region of", "name of", "write these")):
            shown.sendline("acme" if line.startswith("name of") else answers.get(typed, ""))
    assert f"[profile {call.split()[-1]}]" in home.config.read_text()


def test_access_denied(synced: Home) -> None:
    """docs/access-denied.md shows what `why` prints for the first message on that page."""
    page = ROOT / "docs" / "access-denied.md"
    message = page.read_text().partition("```text\n")[2].partition("\n\n")[0].replace("/\n", "/")
    _, *expected = transcript(page).splitlines()
    assert synced.ssohelper("why", "--message", message).stdout.splitlines() == expected


def test_reference() -> None:
    """The reference is made of the commands' own help. (To update it: python -m tests.reference)"""
    from tests.reference import render

    assert (ROOT / "docs" / "reference.md").read_text() == render()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links(page: Path) -> None:
    """Every link leads to a file, and to a heading of it where it names one."""
    for path, anchor in re.findall(r"\]\(([^)#:]+)(?:#([^)]*))?\)", page.read_text()):
        target = page.parent / path
        assert target.exists(), path
        headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE) if anchor else []
        slugs = {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert not anchor or anchor in slugs, anchor


def test_commands_exist() -> None:
    """Every `ssohelper X` that the documentation names is a command."""
    from ssohelper.cli import COMMANDS

    named = {
        name
        for page in PAGES
        for block in re.findall(r"`([^`]+)`|```\w*\n(.+?)```", page.read_text(), re.DOTALL)
        for name in re.findall(r"(?:^|\$ |&& |\n)ssohelper ([a-z][a-z-]+)", "\n".join(block))
    }
    assert named - set(COMMANDS) == set()
    assert named == set(COMMANDS)


def test_settings_in_the_docs(tmp_path: Path) -> None:
    """Every example of config.toml is accepted."""
    texts = [(ROOT / "docs" / name).read_text() for name in ("how-to.md", "permission-sets.md")]
    examples = [found for text in texts for found in re.findall(r"```toml\n(.+?)```", text, re.DOTALL)]
    assert len(examples) > 5
    script = (
        "import sys, pathlib; from ssohelper.settings import config_toml; "
        "config_toml.load(pathlib.Path(sys.argv[1])).for_session('acme')"
    )
    for number, example in enumerate(examples):
        path = tmp_path / f"{number}.toml"
        path.write_text(example)
        subprocess.run([sys.executable, "-c", script, str(path)], check=True, timeout=HANG_SECONDS)


def test_findings_in_the_docs() -> None:
    """Each kind of finding has its paragraph, and no other has one."""
    documented = re.findall(r"^### (.+)$", (ROOT / "docs" / "findings.md").read_text(), re.MULTILINE)
    assert sorted(documented) == review.kinds()


def test_policy_in_the_docs() -> None:
    """The policy for administrators allows each operation that may be called, but one that is named beside it."""
    text = (ROOT / "docs" / "permission-sets.md").read_text()
    policy = json.loads(re.findall(r"```json\n(.+?)```", text, re.DOTALL)[0])
    called = {
        f"{service.prefix}:{''.join(word.capitalize() for word in method.split('_'))}"
        for service in (IDENTITY_CENTER, IDENTITY_STORE, ORGANIZATIONS, IAM, ACCESS_ANALYZER)
        for method in OPERATIONS[service.client]
    }
    (validate,) = called - set(policy["Statement"][0]["Action"])
    assert (validate, set(policy["Statement"][0]["Action"]) - called) == ("access-analyzer:ValidatePolicy", set())
    assert f"`{validate}`" in text
