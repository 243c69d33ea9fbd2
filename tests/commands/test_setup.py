"""`ssohelper setup`: from an empty home folder to working profiles."""

import io
import json
import sys
import time
from pathlib import Path

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.clients import aws_cli_2, use_simulator
from tests.fixtures.components import need
from tests.fixtures.home import Home, sign_in
from tests.fixtures.sts import Sts

URL = "start URL (such as acme, or https://acme.awsapps.com/start): "
REGION = "region of IAM Identity Center (? for a list) [us-east-1]: "
NAME = "name of the session"
WRITE = "write these profiles to ~/.aws/config? [Y/n/?] "
SHELL = "add the prompt, `ssohelper use` and completion to ~/.bashrc? [Y/n] "
NEXT = "next: aws sts get-caller-identity --profile data-platform-dev.ReadOnly\r\n"


@pytest.fixture
def new(home: Home) -> Home:
    """The home folder of somebody whose login shell is bash."""
    home.environment.update(SHELL="/bin/bash", NO_COLOR="1")
    home.environment["PATH"] = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    return home


def questions(center: Simulator) -> list[tuple[str, str]]:
    """The questions, and what somebody answers who takes every default."""
    return [(URL, center.start_url), (REGION, center.region), (NAME, "acme"), (WRITE, ""), (SHELL, "")]


def answer(dialogue: "pexpect.spawn[str]", *pairs: tuple[str, str]) -> None:
    """Answer some questions."""
    for question, text in pairs:
        dialogue.expect_exact(question)
        dialogue.sendline(text)


@pytest.mark.first_is_quick
@pytest.mark.parametrize("bare", [False, True])
def test_whole(new: Home, identity_center: Simulator, caller_identity: Sts, *, bare: bool) -> None:
    """Five answers, of which three are the defaults, lead to a first call of the AWS CLI; without a word, six."""
    dialogue = new.terminal(*([] if bare else ["setup"]))
    if bare:
        answer(dialogue, ("nothing is configured yet: set it up now? [Y/n] ", ""))
    answer(dialogue, *questions(identity_center)[:3])
    dialogue.expect_exact("ssohelper: signed in to acme\r\n")
    dialogue.expect_exact("ssohelper: found 16 roles in 8 accounts\r\n")
    dialogue.expect_exact(
        "ssohelper: profiles are named {account_name}.{role_name}, style sso; set profile_name and "
    )
    dialogue.expect(r"\+ data-platform-dev.Developer, data-platform-dev.ReadOnly, .* and 13 more\r\n")
    answer(dialogue, *questions(identity_center)[3:])
    dialogue.expect_exact("ssohelper: added shell integration to ~/.bashrc: open a new shell to use it\r\n")
    dialogue.expect_exact(NEXT)
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert dialogue.exitstatus == 0
    assert new.config.read_text().count("[profile ") == 16
    options = f"--endpoint-url {caller_identity.url} --profile data-platform-dev.ReadOnly"
    done = new.run("sh", "-c", f"{need('aws')} sts get-caller-identity {options}")
    assert done.returncode == 0, done.stderr
    key = caller_identity.keys.get(timeout=1)
    assert identity_center.issued(key).role_name == "ReadOnly"
    shown = new.run("bash", "-ic", 'type ssohelper >/dev/null && echo "$PROMPT_COMMAND"')
    assert "_ssohelper" in shown.stdout


@pytest.mark.full
@pytest.mark.parametrize("number", range(5))
def test_interrupted(new: Home, identity_center: Simulator, number: int) -> None:
    """After Ctrl-C at any question, files are whole, and another run asks only for what is missing."""
    pairs = questions(identity_center)
    dialogue = new.terminal("setup")
    answer(dialogue, *pairs[:number])
    dialogue.expect_exact(pairs[number][0])
    dialogue.sendcontrol("c")
    dialogue.expect_exact("not finished: run `ssohelper setup` again to continue\r\n")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert dialogue.signalstatus == 2 or dialogue.exitstatus == 130
    text = new.config.read_text() if new.config.exists() else ""
    assert ("[sso-session acme]" in text, text.count("[profile ")) == (number >= 3, 16 if number >= 4 else 0)
    again = new.terminal("setup")
    answer(again, *(pairs[3:] if number == 3 else pairs[4:] if number == 4 else pairs))
    again.expect_exact(NEXT)


def test_without_terminal(new: Home, identity_center: Simulator) -> None:
    """Every answer can be an option; what is missing is named."""
    assert new.ssohelper("setup").stderr.splitlines() == [
        "ssohelper: start URL is missing",
        "hint: set it with --start-url",
    ]
    session = ("--start-url", identity_center.start_url, "--region", identity_center.region, "--session", "acme")
    done = new.ssohelper("setup", *session, "--shell-init", "--no-agent")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "16 to add, 0 unchanged")
    assert done.stderr.splitlines()[-1] == NEXT.strip()
    assert new.config.read_text().count("[profile ") == 16
    bashrc = new.path / ".bashrc"
    before = bashrc.read_bytes()
    done = new.ssohelper("setup")  # nothing is missing any more
    assert (done.returncode, bashrc.read_bytes()) == (0, before)
    assert done.stdout.splitlines()[-1] == "nothing to do, 16 unchanged"


def test_unknown_start_url(new: Home, identity_center: Simulator) -> None:
    """A start URL that is not known in its region is asked again with the region, and corrected in the file."""
    wrong = f"{identity_center.start_url}r"
    dialogue = new.terminal("setup", "--start-url", wrong, "--region", "us-east-1", "--session", "acme")
    dialogue.expect_exact(f"ssohelper: start URL not found in us-east-1: {wrong}")
    answer(dialogue, (f"start URL [{wrong}]: ", identity_center.start_url), (REGION, ""))
    dialogue.expect_exact("ssohelper: signed in to acme\r\n")
    answer(dialogue, (WRITE, "n"))
    dialogue.expect_exact("not finished: run `ssohelper setup` again to continue\r\n")
    assert f"sso_start_url = {identity_center.start_url}\nsso_region = us-east-1\n" in new.config.read_text()


def test_several_sessions(new: Home, identity_center: Simulator) -> None:
    """Of several sessions, one is chosen; where no list can be drawn, a wrong name is asked again."""
    for name in ("acme", "beta"):
        sign_in(new, identity_center, name)
    new.environment["TERM"] = "dumb"
    dialogue = new.terminal("setup")
    answer(dialogue, ("  acme\r\n  beta\r\nsession: ", "betta"))
    dialogue.expect_exact("session 'betta' not found; did you mean beta?")
    answer(dialogue, ("session: ", "beta"), (WRITE, ""))
    dialogue.expect_exact("ssohelper: wrote ~/.aws/config")
    dialogue.expect_exact(SHELL)
    dialogue.sendcontrol("c")
    dialogue.expect(pexpect.EOF)
    assert "sso_session = beta" in new.config.read_text()
    assert isinstance(dialogue.logfile_read, io.StringIO)
    assert "start URL" not in dialogue.logfile_read.getvalue()


def test_bare_command(new: Home, identity_center: Simulator) -> None:
    """Without a word, nothing is offered where a session is configured, or without a terminal."""
    assert "set it up" not in new.ssohelper().stderr
    sign_in(new, identity_center)
    dialogue = new.terminal()
    dialogue.expect(pexpect.EOF)
    assert isinstance(dialogue.logfile_read, io.StringIO)
    assert "set it up" not in dialogue.logfile_read.getvalue()
    assert json.loads(new.ssohelper("status", "--json").stdout)["sessions"][0]["session"] == "acme"


def test_next_steps(new: Home, identity_center: Simulator) -> None:
    """Each step alone says the next one, on a terminal, as long as it was not done."""
    session = ("--start-url", identity_center.start_url, "--region", identity_center.region, "--session", "acme")
    steps = (
        (("configure", *session), "next: ssohelper login --session acme\r\n"),
        (("login",), "next: ssohelper sync --session acme\r\n"),
        (("sync", "--yes"), NEXT),
    )
    for words, expected in steps:
        dialogue = new.terminal(*words)
        dialogue.expect_exact(expected)
        dialogue.expect(pexpect.EOF)
    for words in (("login",), ("sync", "--yes")):
        dialogue = new.terminal(*words)
        dialogue.expect(pexpect.EOF)
        assert isinstance(dialogue.logfile_read, io.StringIO)
        assert "next:" not in dialogue.logfile_read.getvalue()


@pytest.mark.full
def test_beside_aws_configure_sso(new: Home, identity_center: Simulator) -> None:
    """Fewer questions and keys give a profile for each role than the AWS CLI asks for one profile."""
    use_simulator(new, identity_center)
    ours, theirs = _Keys(new.terminal("setup")), _Keys(new.terminal("configure", "sso", program=aws_cli_2()))
    for question, text in questions(identity_center)[:4]:
        ours.answer(question, text)
    ours.dialogue.expect_exact(SHELL)
    written = new.config.read_text().count("[profile ")
    for question, text in (
        ("SSO session name", "cli"),
        ("SSO start URL", identity_center.start_url),
        ("SSO region", identity_center.region),
        ("SSO registration scopes", ""),
        ("AWS accounts available", ""),  # the first one has one role, which it does not ask for
        ("CLI default client Region", ""),
        ("CLI default output format", ""),
        ("CLI profile name", ""),
    ):
        theirs.answer(question, text)
    theirs.dialogue.expect(pexpect.EOF)
    assert new.config.read_text().count("[profile ") - written == 1
    assert (ours.questions, theirs.questions, written) == (4, 8, 16)
    assert ours.keys < theirs.keys


class _Keys:
    """A dialogue whose questions and keys are counted."""

    def __init__(self, dialogue: "pexpect.spawn[str]") -> None:
        self.dialogue = dialogue
        self.questions = self.keys = 0

    def answer(self, question: str, text: str) -> None:
        """Answer a question."""
        self.dialogue.expect_exact(question)
        time.sleep(0.5)  # a list takes keys only when it is drawn
        self.dialogue.send(f"{text}\r")
        self.questions += 1
        self.keys += len(text) + 1
