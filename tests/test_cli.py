"""The command line: help, usage errors, streams, and what is loaded."""

import sys

import click
import pytest
from click.testing import CliRunner

from ssohelper import cli
from tests.fixtures.home import Home, command
from tests.fixtures.refusals import Refusal, assert_refused

REFUSALS = [
    Refusal("snyc", "command not found: snyc; did you mean sync?", "ssohelper --help"),
    Refusal("xyzzy", "command not found: xyzzy", "ssohelper --help"),
    Refusal("sync --session nope", "sso-session 'nope' not found in ~/.aws/config", "configured: acme"),
    Refusal("sync --include", "option '--include' requires an argument", "ssohelper sync --help"),
    Refusal("sync --zzz", "option not found: --zzz", "ssohelper sync --help"),
    Refusal(
        "sync --style x",
        "not a valid --style: 'x' (expected sso, credential-process)",
        "ssohelper sync --help",
    ),
    Refusal(
        "sync --profile-name {acount}",
        "unknown field {acount} in the template '{acount}'; did you mean {account_name}?",
        "--profile-name '{account_name}.{role_name}'",
    ),
    Refusal(
        "sync --profile-name {role_name:title}",
        "unknown filter 'title' in the template '{role_name:title}' (expected :lower or :upper)",
        "--profile-name '{account_name}.{role_name}'",
    ),
    Refusal(
        "sync --region eu-centrall-1",
        "not a valid AWS region: 'eu-centrall-1'; did you mean eu-central-1?",
        "check --region",
    ),
    Refusal("sync", "cannot ask for confirmation without a terminal", "ssohelper sync --yes"),
    Refusal(
        "prompt --format {x}",
        "not a valid template: '{x}' (fields: {text}, {label}, {session}, {left}, {state}, {color})",
        "ssohelper prompt --format '{label} {left}'",
    ),
    Refusal(
        "shell-init csh",
        "not a valid SHELL: 'csh' (expected bash, zsh, fish, powershell)",
        "ssohelper shell-init --help",
    ),
    Refusal("exec", "no profile or role given", "--profile NAME, or --account NAME --role ROLE"),
    Refusal("exec true", "no profile or role given", "--profile NAME, or --account NAME --role ROLE"),
    Refusal(
        "exec --via x true",
        "not a valid --via: 'x' (expected endpoint, credential-process, env)",
        "ssohelper exec --help",
    ),
    Refusal("agent bogus", "command not found: bogus", "ssohelper agent --help"),
    Refusal("agent start --zzz", "option not found: --zzz", "ssohelper agent start --help"),
    Refusal(
        "configure --session x --start-url https://x.awsapps.com/start --region mars-1",
        "IAM Identity Center is not available in region 'mars-1'",
        "check --region",
    ),
    Refusal(
        "configure --session x --start-url https://x.awsapps.com --region us-east-1",
        "not a start URL: https://x.awsapps.com has no path (expected https://x.awsapps.com/start)",
        "your administrator knows it; it is also on the access portal, under Access keys",
    ),
    Refusal(
        "configure --session x --start-url http://x.awsapps.com/start --region us-east-1",
        "not a valid start URL: 'http://x.awsapps.com/start' (expected https://x.awsapps.com/start)",
        "your administrator knows it; it is also on the access portal, under Access keys",
    ),
    Refusal(
        "configure --session ../x --start-url https://x.awsapps.com/start --region us-east-1",
        "not a valid session name: '../x' (letters, digits and _ . @ / % -, a letter or digit first)",
        "choose another name with --session",
    ),
    Refusal("configure --session x --region us-east-1", "start URL is missing", "set it with --start-url"),
    Refusal(
        "configure --session acme --start-url https://x.awsapps.com/start --region us-east-1",
        "[sso-session acme] on line 1 of the config file has another sso_start_url",
        "add --replace to change it, or choose another name with --session",
    ),
    Refusal(
        "credential-process",
        "no profile or role given",
        "--profile NAME, or --account NAME --role ROLE",
    ),
    Refusal(
        "credential-process --profile x",
        "profile 'x' not found in ~/.aws/config",
        "`ssohelper sync` adds a profile for each of your roles",
    ),
    Refusal(
        "credential-process --account-id 111122223333 --role-name Nope",
        "role Nope in account 111122223333 is not assigned to you (assigned: ReadOnly)",
        "ssohelper roles --session acme",
        1,
    ),
    Refusal(
        "simulator --session-hours 13",
        "invalid value for '--session-hours': 13 is not in the range 1<=x<=12",
        "ssohelper simulator --help",
    ),
]


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.words)
def test_refusals(signed_in: Home, case: Refusal) -> None:
    """Invalid input is reported in one line that says what is expected, with a hint, and changes no file."""
    assert_refused(signed_in, *case.words.split(), message=case.message, hint=case.hint, code=case.code)


def all_commands() -> list[tuple[str, ...]]:
    """The words of every command and subcommand."""
    found: list[tuple[str, ...]] = [()]
    for name in cli.COMMANDS:
        found.append((name,))
        loaded = cli.group.get_command(click.Context(cli.group), name)
        if isinstance(loaded, click.Group):
            found += [(name, each) for each in loaded.commands]
    return found


@pytest.mark.parametrize("words", all_commands(), ids=" ".join)
def test_help(words: tuple[str, ...]) -> None:
    """The help of every command has an example, and fits into 100 columns."""
    done = CliRunner().invoke(cli.group, [*words, "--help"], prog_name="ssohelper", terminal_width=100)
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert [line for line in lines if len(line) > 100] == []
    examples = [line for line in lines if "Example: " in line or line.startswith("    ")]
    assert [line for line in examples if " ".join(["ssohelper", *words]) in line]


def test_help_lists_every_command() -> None:
    """`ssohelper --help` lists every command once, by purpose, and none that ssohelper runs itself."""
    text = CliRunner().invoke(cli.group, ["--help"], prog_name="ssohelper").output
    sections: dict[str, list[str]] = {}
    for line in text.partition("Show this message and exit.\n")[2].splitlines():
        if line.endswith(":"):
            sections[line[:-1]] = []
        elif line:
            sections[[*sections][-1]].append(line.split()[0])
    assert sections == {
        "Get started": ["setup", "demo", "configure", "login", "accounts", "roles", "sync"],
        "Every day": [
            *("status", "whoami", "profiles", "use", "exec", "env"),
            *("console", "logout", "unlock", "log", "doctor", "why", "settings", "backups"),
        ],
        "Administrators": ["permission-sets", "who"],
        "Shell": ["shell-init", "completion", "prompt"],
        "Background": ["agent", "credential-process"],
        "Try and test": ["simulator"],
    }


def test_internal_commands() -> None:
    """The commands that ssohelper runs itself can be run, and only they are missing in the help."""
    context = click.Context(cli.group)
    found = [cli.group.get_command(context, name) for name in ("refresh", "complete")]
    assert [(each.name, each.hidden) for each in found if each] == [("refresh", True), ("complete", True)]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_closed_streams(signed_in: Home, closed: str) -> None:
    """A process that is started without one of its streams works all the same."""
    done = signed_in.run("sh", "-c", f"{command('ssohelper')[0]} sync --yes {closed}")
    assert (done.returncode, "bug" in done.stderr) == (0, False)


LOADED = """\
import sys
before = set(sys.modules)
from ssohelper.cli import run
run(sys.argv[1:])
print(*set(sys.modules) - before, file=sys.stderr)
"""
# Each takes half as long to load as the whole command may take.
SLOW = {
    "argparse", "asyncio", "concurrent.futures", "csv", "difflib", "email", "getpass", "http", "logging",
    "multiprocessing", "select", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "tomllib", "traceback",
    "unittest", "urllib.request", "xml", "zipfile",
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "most"),
    [(("--help",), 110), (("status",), 142), (("status", "--json"), 142)],
    ids=["help", "status", "json"],
)
def test_loaded_modules(signed_in: Home, words: tuple[str, ...], most: int) -> None:
    """--help and status load only ssohelper, click, and modules of Python that are quick to load."""
    role = ("--session", "acme", "--account-id", "111122223333", "--role-name", "ReadOnly")
    assert signed_in.ssohelper("credential-process", *role).returncode == 0
    done = signed_in.run(sys.executable, "-c", LOADED, *words)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.split())
    packages = {name.partition(".")[0] for name in loaded}
    assert packages - sys.stdlib_module_names == {"click", "ssohelper"}
    assert loaded & SLOW == set()
    assert len(loaded) <= most
