"""`config.toml`: every value is checked; messages have the file, the line and what is expected."""

from pathlib import Path

import pytest

from ssohelper.errors import BadInput, Failed
from ssohelper.settings import checks, config_toml, name_templates
from ssohelper.settings.model import Rule, Settings


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the settings file in a new home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / "config.toml"


FULL = """\
[defaults]
profile_name = "{account_name:lower}/{role_name}"
portable_names = false
style = "credential-process"
region = "eu-west-1"
output = "json"
prune = false
program = "/opt/bin/ssohelper"
console_browser = "firefox-containers"
browser = "/opt/firefox/firefox"
include = ["payments-*", "*/ReadOnly"]
exclude = ["*-sandbox"]

[[defaults.rules]]
match = "*/Admin*"
region = "us-east-1"

[sessions.main]
style = "sso"

[[sessions.main.rules]]
match = "payments-prod"
name = "pay"
output = "text"
options = { cli_pager = "less", duration_seconds = "900" }

[sessions."with blank"]
region = "us-gov-west-1"
"""
DEFAULTS = Settings(
    profile_name="{account_name:lower}/{role_name}",
    portable_names=False,
    style="credential-process",
    region="eu-west-1",
    output="json",
    prune=False,
    program="/opt/bin/ssohelper",
    console_browser="firefox-containers",
    browser="/opt/firefox/firefox",
    include=("payments-*", "*/ReadOnly"),
    exclude=("*-sandbox",),
    rules=(Rule("*/Admin*", region="us-east-1"),),
)


def test_every_setting(path: Path) -> None:
    """A session has its own settings, its own rules first, and for the rest the defaults."""
    path.write_text(FULL)
    own = Rule("payments-prod", "pay", output="text", options={"cli_pager": "less", "duration_seconds": "900"})
    rules = (own, *DEFAULTS.rules)
    config = config_toml.load(path)
    assert config.sessions == ["main", "with blank"]
    assert config.for_session("other") == DEFAULTS
    assert config.for_session("main") == DEFAULTS._replace(style="sso", rules=rules)
    assert config.for_session("with blank") == DEFAULTS._replace(region="us-gov-west-1")


def test_no_file(path: Path) -> None:
    """Without a file, or with an empty one, all settings have their defaults."""
    assert config_toml.load(path).for_session("main") == Settings()
    path.write_text("")
    assert config_toml.load(path).for_session("main") == Settings()


# The text of a file, the line and the message.
CHAINED = "[[defaults.chained]]\nmatch = 'x'\nname = 'y'\n"
INVALID = [
    ("[default]\n", 1, "unknown setting default; did you mean defaults?"),
    ("\n# c\nstyle = 'sso'\n", 3, "style belongs below [defaults], or below [sessions.NAME]"),
    ("[defaults]\nstile = 'sso'\n", 2, "unknown setting stile; did you mean style?"),
    ("[defaults]\n[sessions.a]\nx = 1\n", 3, "unknown setting x; known settings: " + ", ".join(checks.CHECKS)),
    ("defaults = 1\n", 1, "defaults must be a table: [defaults]"),
    ("sessions = []\n", 1, "sessions must be a table: [sessions]"),
    ("[sessions]\nmain = 'x'\n", 2, "main must be a table: [sessions.main]"),
    ("[defaults]\nstyle = 'SSO'\n", 2, "style: expected one of sso, credential-process, found 'SSO'"),
    ("[defaults]\nstyle = []\n", 2, "style: expected one of sso, credential-process, found []"),
    ("[defaults]\nprune = 'no'\n", 2, "prune: expected true or false, found 'no'"),
    ("[defaults]\nportable_names = 0\n", 2, "portable_names: expected true or false, found 0"),
    ("[defaults]\nregion = 'Ireland'\n", 2, "region: expected a region such as eu-central-1, found 'Ireland'"),
    ("[defaults]\nregion = 1\n", 2, "region: expected one line of text, found 1"),
    (
        "[defaults]\noutput = 'xml'\n",
        2,
        "output: expected one of json, text, table, yaml, yaml-stream, off, found 'xml'",
    ),
    ("[defaults]\nregion = ''\n", 2, "region: expected one line of text, found ''"),
    ("[defaults]\nregion = ' x'\n", 2, "region: expected one line of text, found ' x'"),
    ('[defaults]\nregion = """a\nb"""\n', 2, "region: expected one line of text, found 'a\\nb'"),
    ("[defaults]\nprogram = 'ssohelper'\n", 2, "program: expected an absolute path, found 'ssohelper'"),
    ("[defaults]\nbrowser = 'firefox'\n", 2, "browser: expected an absolute path, found 'firefox'"),
    (
        "[defaults]\nconsole_browser = 'lynx'\n",
        2,
        "console_browser: expected one of default, firefox-containers, chrome-profiles, found 'lynx'",
    ),
    ("[defaults]\ninclude = '*'\n", 2, "include: expected a list of account/role globs, found '*'"),
    ("[defaults]\nexclude = [\n  'a',\n  1,\n]\n", 2, "exclude: expected one line of text, found 1"),
    (
        "[defaults]\nprofile_name = '{nam}'\n",
        2,
        "profile_name: unknown field {nam} in the template '{nam}'; known fields: "
        + ", ".join(f"{{{name}}}" for name in name_templates.FIELDS),
    ),
    ("[defaults]\nrules = 'x'\n", 2, "rules must be tables: [[defaults.rules]]"),
    ("[sessions.a]\nrules = [1]\n", 2, "rules must be tables: [[sessions.a.rules]]"),
    ("[[defaults.rules]]\nname = 'x'\n", 1, "a rule needs `match`, a glob over account/role"),
    ("[[defaults.rules]]\nmatch = 'x'\n[[defaults.rules]]\n", 3, "a rule needs `match`, a glob over account/role"),
    (
        CHAINED,
        1,
        'a chained profile needs `role_arn`, such as "arn:aws:iam::{account_id}:role/Deploy"',
    ),
    ("[sessions.a]\nchained = 'x'\n", 2, "chained must be tables: [[sessions.a.chained]]"),
    (
        f"{CHAINED}role_arn = 'Deploy'\n",
        4,
        "role_arn: expected a role ARN such as arn:aws:iam::{account_id}:role/Deploy, found 'Deploy'",
    ),
    (
        f"{CHAINED}role_arn = '{{account}}'\n",
        4,
        "role_arn: unknown field {account} in the template '{account}'; did you mean {account_name}?",
    ),
    (
        f"{CHAINED}role_arn = 'arn:aws:iam::{{account_id}}:role/X'\nduration_seconds = 43200\n",
        5,
        "duration_seconds: expected 900 to 3600 seconds (role chaining is limited to 1h), found 43200",
    ),
    ("[[defaults.rules]]\nmatch = 1\n", 2, "match: expected one line of text, found 1"),
    (
        "[[defaults.rules]]\nmatch = 'a'\nregion = 'eu-west-1'\n[[defaults.rules]]\nmatch = 'b'\nregion = 'x'\n",
        6,
        "region: expected a region such as eu-central-1, found 'x'",
    ),
    (
        "[[defaults.rules]]\nmatch = 'a'\noptions.sso_x = 'y'\n[[defaults.rules]]\nmatch = 'b'\noptions.a = 'y'\n",
        3,
        "options: sso_x cannot be set here",
    ),
    (
        "[[defaults.rules]]\nmatch = 'a'\nprune = true\n",
        3,
        "unknown setting prune; known settings: " + ", ".join(checks.RULE_CHECKS),
    ),
    ("[[defaults.rules]]\nmatch = 'a'\noptions = 'x'\n", 3, "options: expected a table of strings, found 'x'"),
    (
        "[[defaults.rules]]\nmatch = 'a'\noptions = {cli_pager = 1}\n",
        3,
        "options: expected one line of text, found 1",
    ),
    ("defaults.sign_in_hours = 0.2\n", 1, "sign_in_hours: expected a number of hours, 0.25 to 2160, found 0.2"),
    ("defaults.keep_hours = true\n", 1, "keep_hours: expected a number of hours, 0 to 2160, found True"),
    ("defaults.notify_minutes = '5'\n", 1, "notify_minutes: expected a number of minutes, 0 to 1440, found '5'"),
    ("defaults.style = 'x'\n", 1, "style: expected one of sso, credential-process, found 'x'"),
    ("[sessions]\n\n'a.b'.prune = 1\n", 3, "prune: expected true or false, found 1"),
    ('[sessions."a.b"]\r\n# c\r\nprune = 1\r\n', 3, "prune: expected true or false, found 1"),
    ("[ sessions . main ] # c\nprune = 1\n", 2, "prune: expected true or false, found 1"),
    ("sessions = { main = { prune = 1 } }\n", 1, "prune: expected true or false, found 1"),
    ('[defaults]\nbrowser = "/[sessions.a]"\n[sessions.a]\nprune = 1\n', 4, "prune: expected true or false, found 1"),
    (
        "[defaults]\nstyle = 'sso'\n[sessions.other]\nstyle = 'x'\n",
        4,
        "style: expected one of sso, credential-process, found 'x'",
    ),
]


@pytest.mark.parametrize(("text", "line", "message"), INVALID)
def test_invalid_settings(path: Path, text: str, line: int, message: str) -> None:
    """Every invalid setting is refused, also that of another session, with file and line."""
    path.write_bytes(text.encode())
    with pytest.raises(BadInput) as refused:
        config_toml.load(path).for_session("main")
    assert str(refused.value) == f"~/config.toml, line {line}: {message}"


def test_not_toml(path: Path) -> None:
    """A file that is not TOML, or not UTF-8, is refused."""
    path.write_text("[defaults\n")
    with pytest.raises(BadInput) as refused:
        config_toml.load(path)
    assert str(refused.value) == (
        "~/config.toml: expected ']' at the end of a table declaration (at line 1, column 10)"
    )
    path.write_bytes(b"\xff")
    with pytest.raises(BadInput, match=r"^~/config\.toml is not UTF-8$"):
        config_toml.load(path)


def test_byte_order_mark(path: Path) -> None:
    """Editors on Windows write one."""
    path.write_bytes(b"\xef\xbb\xbf[defaults]\nregion = 'eu-west-1'\n")
    assert config_toml.load(path).for_session("main").region == "eu-west-1"


def test_not_a_file(path: Path) -> None:
    """A folder instead of the file is an error, not the same as no file."""
    path.mkdir()
    with pytest.raises(Failed, match=r"^can't read ~/config\.toml: is a directory$"):
        config_toml.load(path)


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ("[defaults]\nstile = 'sso'\n", "unknown setting stile; did you mean style?", 2),
        ("[defaults]\nprune = 1\n", "prune: expected true or false, found 1", 2),
        ("[defaults]\nx = 1\n", "unknown setting x; known settings: " + ", ".join(checks.CHECKS), 2),
    ],
)
def test_parts_of_the_error(path: Path, text: str, problem: str, line: int) -> None:
    """The error has its parts for the doctor: the problem and the line."""
    path.write_text(text)
    with pytest.raises(config_toml.WrongSetting) as refused:
        config_toml.load(path).for_session("main")
    error = refused.value
    assert (error.problem, error.line) == (problem, line)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("style = sso # c", '; text needs quotes: style = "sso"'),
        ("profile_name = {account_name}", ""),
        ("sign_in = device-code", '; text needs quotes: sign_in = "device-code"'),
        ("style = 'sso", ""),
    ],
)
def test_missing_quotes(path: Path, line: str, hint: str) -> None:
    """For a word without quotes, the message shows what to write."""
    path.write_text(f"[defaults]\n{line}\n")
    with pytest.raises(BadInput) as error:
        config_toml.load(path)
    assert str(error.value).endswith(hint or ")")
    assert ("needs quotes" in str(error.value)) == bool(hint)
