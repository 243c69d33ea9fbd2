"""`config.toml`: every value is checked, and what is wrong is told with file, line and what was expected."""

from dataclasses import replace
from pathlib import Path

import pytest

from ssohelper.errors import BadInput, Failed
from ssohelper.model import Account, Role
from ssohelper.settings import checks, config_toml, name_templates, role_globs
from ssohelper.settings.model import Rule, Settings

ROLE = Role(Account("111111111111", "payments-prod"), "AdminAccess")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file in a home folder of its own."""
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
    """A session has its own settings, its own rules first, and the defaults for the rest."""
    path.write_text(FULL)
    own = Rule("payments-prod", "pay", output="text", options={"cli_pager": "less", "duration_seconds": "900"})
    rules = (own, *DEFAULTS.rules)
    assert config_toml.load(path, "other") == DEFAULTS
    assert config_toml.load(path, "main") == replace(DEFAULTS, style="sso", rules=rules)
    assert config_toml.load(path, "with blank") == replace(DEFAULTS, region="us-gov-west-1")


def test_no_file(path: Path) -> None:
    """Without a file, or with an empty one, everything has its default."""
    assert config_toml.load(path, "main") == Settings()
    path.write_text("")
    assert config_toml.load(path, "main") == Settings()


# A file, the line and what is said of it.
WRONG = [
    ("[default]\n", 1, "unknown setting default; did you mean defaults?"),
    ("\n# c\nstyle = 'sso'\n", 3, "unknown setting style; known are defaults, sessions"),
    ("[defaults]\nstile = 'sso'\n", 2, "unknown setting stile; did you mean style?"),
    ("[defaults]\n[sessions.a]\nx = 1\n", 3, "unknown setting x; known are " + ", ".join(checks.CHECKS)),
    ("defaults = 1\n", 1, "defaults must be a table: [defaults]"),
    ("sessions = []\n", 1, "sessions must be a table: [sessions]"),
    ("[sessions]\nmain = 'x'\n", 2, "main must be a table: [sessions.main]"),
    ("[defaults]\nstyle = 'SSO'\n", 2, "style: expected one of sso, credential-process, found 'SSO'"),
    ("[defaults]\nstyle = []\n", 2, "style: expected one of sso, credential-process, found []"),
    ("[defaults]\nprune = 'no'\n", 2, "prune: expected true or false, found 'no'"),
    ("[defaults]\nportable_names = 0\n", 2, "portable_names: expected true or false, found 0"),
    ("[defaults]\nregion = 'Ireland'\n", 2, "region: expected a region such as eu-central-1, found 'Ireland'"),
    ("[defaults]\nregion = 1\n", 2, "region: expected a text on one line, found 1"),
    (
        "[defaults]\noutput = 'xml'\n",
        2,
        "output: expected one of json, text, table, yaml, yaml-stream, off, found 'xml'",
    ),
    ("[defaults]\nregion = ''\n", 2, "region: expected a text on one line, found ''"),
    ("[defaults]\nregion = ' x'\n", 2, "region: expected a text on one line, found ' x'"),
    ('[defaults]\nregion = """a\nb"""\n', 2, "region: expected a text on one line, found 'a\\nb'"),
    ("[defaults]\nprogram = 'ssohelper'\n", 2, "program: expected an absolute path, found 'ssohelper'"),
    ("[defaults]\nbrowser = 'firefox'\n", 2, "browser: expected an absolute path, found 'firefox'"),
    (
        "[defaults]\nconsole_browser = 'lynx'\n",
        2,
        "console_browser: expected one of default, firefox-containers, chrome-profiles, found 'lynx'",
    ),
    ("[defaults]\ninclude = '*'\n", 2, "include: expected a list of globs over account/role, found '*'"),
    ("[defaults]\nexclude = [\n  'a',\n  1,\n]\n", 2, "exclude: expected a text on one line, found 1"),
    (
        "[defaults]\nprofile_name = '{nam}'\n",
        2,
        "profile_name: the profile name '{nam}' has the unknown field {nam}; fields are "
        + ", ".join(f"{{{name}}}" for name in name_templates.FIELDS),
    ),
    ("[defaults]\nrules = 'x'\n", 2, "rules must be tables: [[defaults.rules]]"),
    ("[sessions.a]\nrules = [1]\n", 2, "rules must be tables: [[sessions.a.rules]]"),
    ("[[defaults.rules]]\nname = 'x'\n", 1, "a rule needs match, a glob over account/role"),
    ("[[defaults.rules]]\nmatch = 'x'\n[[defaults.rules]]\n", 3, "a rule needs match, a glob over account/role"),
    ("[[defaults.rules]]\nmatch = 1\n", 2, "match: expected a text on one line, found 1"),
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
        "unknown setting prune; known are " + ", ".join(checks.RULE_CHECKS),
    ),
    ("[[defaults.rules]]\nmatch = 'a'\noptions = 'x'\n", 3, "options: expected a table of keys and texts, found 'x'"),
    (
        "[[defaults.rules]]\nmatch = 'a'\noptions = {cli_pager = 1}\n",
        3,
        "options: expected a text on one line, found 1",
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


@pytest.mark.parametrize(("text", "line", "message"), WRONG)
def test_wrong_settings(path: Path, text: str, line: int, message: str) -> None:
    """Every wrong setting is refused, also one of another session, with file, line and what was expected."""
    path.write_bytes(text.encode())
    with pytest.raises(BadInput) as refused:
        config_toml.load(path, "main")
    assert str(refused.value) == f"~/config.toml, line {line}: {message}"


RESERVED = [
    "sso_session", "sso_anything", "ssohelper_session", "aws_access_key_id", "credential_process",
    "credential_source", "role_arn", "source_profile", "web_identity_token_file", "login_session", "region",
    "output", "Upper", "with-dash", "",
]  # fmt: skip


@pytest.mark.parametrize("key", RESERVED)
def test_reserved_options(path: Path, key: str) -> None:
    """A rule cannot set what decides whose profile it is, what has a setting of its own, or what is no key."""
    path.write_text(f'[[defaults.rules]]\nmatch = "*"\noptions = {{ "{key}" = "x" }}\n')
    with pytest.raises(BadInput) as refused:
        config_toml.load(path, "main")
    assert str(refused.value) == f"~/config.toml, line 3: options: {key} cannot be set here"


def test_not_toml(path: Path) -> None:
    """A file that is no TOML, or no UTF-8, is refused with the place."""
    path.write_text("[defaults\n")
    with pytest.raises(BadInput) as refused:
        config_toml.load(path, "main")
    assert str(refused.value) == (
        "~/config.toml: expected ']' at the end of a table declaration (at line 1, column 10)"
    )
    path.write_bytes(b"\xff")
    with pytest.raises(BadInput, match=r"^~/config\.toml is not UTF-8$"):
        config_toml.load(path, "main")


def test_not_a_file(path: Path) -> None:
    """A folder in the place of the file is told, not taken for no file."""
    path.mkdir()
    with pytest.raises(Failed, match=r"^can't read ~/config\.toml: is a directory$"):
        config_toml.load(path, "main")


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("*", True),
        ("*/*", True),
        ("payments-*", True),
        ("payments-prod/AdminAccess", True),
        ("payments-*/Admin*", True),
        ("111111111111", True),
        ("111111111111/AdminAccess", True),
        ("payments-????/*", True),
        ("[op]ayments-prod", True),
        ("Payments-prod", False),
        ("payments-prod/adminaccess", False),
        ("payments", False),
        ("AdminAccess", False),
        ("*/Read*", False),
        ("payments-prod/", False),
        ("2*", False),
    ],
)
def test_globs(glob: str, expected: bool) -> None:
    """A glob is over account and role; the account goes by name or id, and alone means every role in it."""
    assert role_globs.matches(glob, ROLE) == expected


def test_a_slash_in_an_account_name() -> None:
    """The last slash divides account and role, since a role's name has none."""
    role = Role(Account("1", "team/prod"), "Admin")
    assert [role_globs.matches(glob, role) for glob in ("team/prod/Admin", "team/*/Admin", "team/prod")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (("*",), (), True),
        ((), (), False),
        (("x", "payments-*"), (), True),
        (("*",), ("x", "*/Admin*"), False),
        (("payments-*",), ("payments-prod/Read*",), True),
    ],
)
def test_include_and_exclude(include: tuple[str, ...], exclude: tuple[str, ...], expected: bool) -> None:
    """A role is wanted where some glob includes it and none excludes it."""
    assert Settings(include=include, exclude=exclude).wants(ROLE) == expected


def test_rules_merge() -> None:
    """All rules that match count together; where two speak of the same, the first one counts."""
    rules = (
        Rule("*/Read*", name="no"),
        Rule("payments-*", region="eu-west-1", options={"a": "1", "b": "1"}),
        Rule("*/Admin*", name="n", region="us-east-1", output="json", options={"b": "2", "c": "2"}),
        Rule("*", name="last", style="credential-process"),
    )
    assert Settings(rules=rules).rule_for(ROLE) == Rule(
        "*", "n", "eu-west-1", "json", "credential-process", {"a": "1", "b": "1", "c": "2"}
    )
