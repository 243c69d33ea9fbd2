"""The session and the role that a command is for: by its options, the environment, the config file."""

import pytest

from ssohelper.aws_config import selection
from ssohelper.aws_config.config_text import parse
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.errors import BadInput

PLACE = "~/.aws/config"
ACME = b"[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = us-east-1\n"
BETA = b"[sso-session beta]\nsso_start_url = https://beta.awsapps.com/start\nsso_region = eu-west-1\n"
INCOMPLETE = b"[sso-session draft]\nsso_start_url = https://draft.awsapps.com/start\n"
LEGACY_URL = "https://old.awsapps.com/start"
LEGACY = f"""\
[profile old]
sso_start_url = {LEGACY_URL}
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = ReadOnly
""".encode()
PROFILES = b"""\
[profile prod]
sso_session = beta
sso_account_id = 333344445555
sso_role_name = ReadOnly
region = eu-west-1

[profile broken]
sso_session = gone
sso_account_id = 333344445555
sso_role_name = ReadOnly

[profile unfinished]
sso_session = draft
sso_account_id = 333344445555
sso_role_name = ReadOnly

[profile keys]
aws_access_key_id = AKIA
aws_secret_access_key = secret
"""
ALL = ACME + BETA + INCOMPLETE + LEGACY + PROFILES
ADMIN = RoleOptions(None, "111122223333", "Admin")
DEFAULT = b"[default]\nsso_session = beta\nsso_account_id = 333344445555\nsso_role_name = Admin\nregion = eu-west-3\n"
CHAIN = b"[profile chain]\nrole_arn = arn:aws:iam::999988887777:role/Deploy\nsource_profile = prod\n"
NO_ROLE = "profile 'keys' is not for a role of IAM Identity Center"
SYNC = "`ssohelper sync` adds a profile for each of your roles"


def session(text: bytes, name: str | None = None, **environment: str) -> str:
    """The name of the selected session."""
    return selection.session(AwsFiles(parse(text)), name, environment, PLACE).name


def role(text: bytes, options: RoleOptions, **environment: str) -> tuple[str, str | None]:
    """The selected role, and the profile's region."""
    found = selection.role(AwsFiles(parse(text)), options, environment, PLACE)
    assert found.session.name == found.role.session
    return found.role.text, found.region


@pytest.mark.parametrize(
    ("text", "name", "environment", "selected"),
    [
        (ACME, None, {}, "acme"),
        (ACME, "acme", {}, "acme"),
        (ACME + LEGACY, None, {}, "acme"),  # a named session is preferred to legacy ones
        (LEGACY, None, {}, LEGACY_URL),
        (ALL, "beta", {}, "beta"),
        (ALL, LEGACY_URL, {}, LEGACY_URL),
        (ALL, None, {"AWS_PROFILE": "prod"}, "beta"),
        (ALL, None, {"AWS_PROFILE": "old"}, LEGACY_URL),
        (ALL, None, {"AWS_DEFAULT_PROFILE": "old", "AWS_PROFILE": "prod"}, LEGACY_URL),  # botocore's order
        (ALL, "acme", {"AWS_PROFILE": "prod"}, "acme"),
        (ACME + PROFILES, None, {"AWS_PROFILE": "prod"}, "acme"),  # the only one, whatever the profile says
    ],
)
def test_session(text: bytes, name: str | None, environment: dict[str, str], selected: str) -> None:
    """The named session, else the only one, else the current profile's."""
    assert session(text, name, **environment) == selected


@pytest.mark.parametrize(
    ("text", "name", "environment", "message", "hint"),
    [
        (b"", None, {}, "no sso-session configured in ~/.aws/config", "ssohelper setup"),
        (b"", "acme", {}, "no sso-session configured in ~/.aws/config", "ssohelper setup"),
        (
            ALL,
            None,
            {},
            "several sso-sessions are configured: acme, beta",
            "choose one with --session NAME",
        ),
        (
            ALL,
            None,
            {"AWS_PROFILE": "keys"},
            "several sso-sessions are configured: acme, beta",
            "choose one with --session NAME",
        ),
        (
            ALL,
            "amce",
            {},
            "sso-session 'amce' not found in ~/.aws/config; did you mean acme?",
            "configured: acme, beta",
        ),
        (
            ALL,
            "draft",
            {},
            "[sso-session draft] on line 7 of the config file has no sso_region",
            "ssohelper configure --session draft",
        ),
        (
            ALL,
            None,
            {"AWS_PROFILE": "broken"},
            "sso-session 'gone' not found in ~/.aws/config",
            "configured: acme, beta",
        ),
    ],
)
def test_no_session(text: bytes, name: str | None, environment: dict[str, str], message: str, hint: str) -> None:
    """The error says what is configured; a near match is only in the message."""
    with pytest.raises(BadInput) as refused:
        session(text, name, **environment)
    assert (str(refused.value), refused.value.hint) == (message, hint)


def test_all_sessions() -> None:
    """Every session, named or legacy; none is an error."""
    found = selection.all_sessions(AwsFiles(parse(ALL)), PLACE)
    assert sorted(each.name for each in found) == ["acme", "beta", LEGACY_URL]
    with pytest.raises(BadInput, match=r"^no sso-session configured in ~/\.aws/config$"):
        selection.all_sessions(AwsFiles(parse(PROFILES)), PLACE)


@pytest.mark.parametrize(
    ("options", "environment", "selected"),
    [
        (RoleOptions(profile="prod"), {}, ("beta 333344445555 ReadOnly", "eu-west-1")),
        (RoleOptions(profile="old"), {}, (f"{LEGACY_URL} 111122223333 ReadOnly", None)),
        (ADMIN._replace(session_name="acme"), {}, ("acme 111122223333 Admin", None)),
        (ADMIN, {"AWS_PROFILE": "prod"}, ("beta 111122223333 Admin", None)),
        (RoleOptions(), {"SSOHELPER_EXEC": "acme 333344445555 Admin"}, ("acme 333344445555 Admin", None)),
        (
            ADMIN._replace(session_name="beta"),
            {"SSOHELPER_EXEC": "acme 333344445555 Admin"},
            ("beta 111122223333 Admin", None),
        ),
    ],
)
def test_role(options: RoleOptions, environment: dict[str, str], selected: tuple[str, str | None]) -> None:
    """The role of the options, else that of the enclosing `exec`."""
    assert role(ALL, options, **environment) == selected


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        (RoleOptions(), "no profile or role given", "--profile NAME, or --account NAME --role ROLE"),
        (RoleOptions(role_name="Admin"), "--account is missing", "ssohelper accounts"),
        (RoleOptions(account="111122223333"), "--role is missing", "ssohelper roles"),
        (
            RoleOptions(account="1111", role_name="Admin"),
            "not a valid account id: '1111' (expected 12 digits)",
            "ssohelper accounts",
        ),
        (
            RoleOptions(account="١١١١٢٢٢٢٣٣٣٣", role_name="Admin"),
            "not a valid account id: '١١١١٢٢٢٢٣٣٣٣' (expected 12 digits)",
            "ssohelper accounts",
        ),
        (
            RoleOptions(account="111122223333", role_name="Admin Role"),
            "not a valid role name: 'Admin Role'",
            "ssohelper roles",
        ),
        (
            RoleOptions(account="111122223333", role_name="R" * 65),
            f"not a valid role name: '{'R' * 65}'",
            "ssohelper roles",
        ),
        (
            RoleOptions(role_name="Admin", profile="prod"),
            "--profile already names the account and the role",
            "omit the other options",
        ),
        (
            RoleOptions(profile="prod", session_name="other"),
            "profile 'prod' is for session beta, not other",
            "omit --session",
        ),
        (
            RoleOptions(profile="prdo"),
            "profile 'prdo' not found in ~/.aws/config; did you mean prod (ReadOnly in 333344445555)?",
            SYNC,
        ),
        (
            RoleOptions(profile="keys"),
            f"{NO_ROLE}: it has access keys (aws_access_key_id on line 31 of the config file)",
            "add a profile with role_arn and source_profile = keys, or use the AWS CLI",
        ),
        (
            RoleOptions(profile="broken"),
            "profile 'broken' names sso-session 'gone', which is not configured",
            "ssohelper configure --session gone",
        ),
        (
            RoleOptions(profile="unfinished"),
            "[sso-session draft] on line 7 of the config file has no sso_region",
            "ssohelper configure --session draft",
        ),
    ],
)
def test_no_role(options: RoleOptions, message: str, hint: str) -> None:
    """The error says what is missing or invalid; a near match is never in a command to paste."""
    with pytest.raises(BadInput) as refused:
        role(ALL, options)
    assert (str(refused.value), refused.value.hint) == (message, hint)


def test_exec_of_an_unknown_session() -> None:
    """Inside an `exec` whose session is no longer configured, the error says so."""
    with pytest.raises(BadInput, match=r"^sso-session 'gone' not found"):
        role(ALL, RoleOptions(), SSOHELPER_EXEC="gone 333344445555 Admin")


def test_session_of_profile() -> None:
    """A profile's session, even if the profile has no role; one without a session is an error."""
    assert selection.session_of_profile(AwsFiles(parse(ALL)), "prod", PLACE) == "beta"
    assert selection.session_of_profile(AwsFiles(parse(b"[profile p]\nsso_session = acme\n")), "p", PLACE) == "acme"
    with pytest.raises(BadInput, match=f"^{NO_ROLE}: it has access keys"):
        selection.session_of_profile(AwsFiles(parse(ALL)), "keys", PLACE)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ("beta 333344445555 Admin", "eu-west-3")),
        ({"SSOHELPER_EXEC": "acme 111122223333 Ops"}, ("acme 111122223333 Ops", None)),
    ],
)
def test_default_profile(environment: dict[str, str], expected: tuple[str, str | None]) -> None:
    """Without any option the role of the enclosing `exec` is meant, else that of the default profile."""
    assert role(ALL + DEFAULT, RoleOptions(), **environment) == expected
    assert session(ALL + DEFAULT, **environment) == expected[0].split()[0]


def test_default_profile_for_something_else() -> None:
    """A default profile that names no role is not used."""
    default = b"[default]\naws_access_key_id = A\naws_secret_access_key = s\n"
    with pytest.raises(BadInput) as caught:
        role(ALL + default, RoleOptions())
    assert str(caught.value) == "no profile or role given"


@pytest.mark.parametrize(
    ("default", "environment", "message"),
    [
        (
            b"[default]\nsso_session = gone\nsso_account_id = 333344445555\nsso_role_name = Admin\n",
            {},
            "profile 'default' names sso-session 'gone', which is not configured",
        ),
        (
            DEFAULT,
            {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"},
            "profile 'default' is not for a role of IAM Identity Center: the keys in the environment come first",
        ),
        (
            b"[default]\nrole_arn = arn:aws:iam::999988887777:role/x\n",
            {},
            "profile 'default' has role_arn, but neither",
        ),
    ],
)
def test_default_profile_that_cannot_be_used(default: bytes, environment: dict[str, str], message: str) -> None:
    """What is wrong with a default profile that names a role is said."""
    with pytest.raises(BadInput) as caught:
        role(ALL + default, RoleOptions(), **environment)
    assert str(caught.value).startswith(message)


def test_default_profile_of_another_session() -> None:
    """With a session the default profile is not meant, which may be for another one."""
    with pytest.raises(BadInput) as caught:
        role(ALL + DEFAULT, RoleOptions("acme"))
    assert str(caught.value) == "no profile or role given"


def test_chain() -> None:
    """A profile that assumes a role is for the session at which its chain starts; inside `exec` it is the same."""
    files = AwsFiles(parse(ALL + CHAIN))
    found = selection.role(files, RoleOptions(profile="chain"), {}, PLACE)
    assert (found.session.name, found.role.label) == ("beta", "Deploy in 999988887777")
    assert selection.session_of_profile(files, "chain", PLACE) == "beta"
    variables = selection.exec_variables(found.role)
    assert variables["SSOHELPER_EXEC"] == "beta 999988887777 ~Deploy"
    assert selection.role(files, RoleOptions(), variables, PLACE).role == found.role
    assert session(ALL + CHAIN, AWS_PROFILE="chain") == session(ALL + CHAIN, **variables) == "beta"


@pytest.mark.parametrize("lost", [{}, {"SSOHELPER_EXEC_CHAIN": "{"}, {"SSOHELPER_EXEC_CHAIN": "acme 1 R"}])
def test_lost_chain(lost: dict[str, str]) -> None:
    """Without its chain an assumed role cannot be found; a role of Identity Center of that name is another one."""
    found = selection.role(AwsFiles(parse(ALL + CHAIN)), RoleOptions(profile="chain"), {}, PLACE)
    named = selection.exec_variables(found.role)["SSOHELPER_EXEC"]
    for environment in (
        {"SSOHELPER_EXEC": named, **lost},
        {**selection.exec_variables(found.role), "SSOHELPER_EXEC": f"{named}2"},
    ):
        with pytest.raises(BadInput, match="SSOHELPER_EXEC_CHAIN"):
            role(ALL + CHAIN, RoleOptions(), **environment)
