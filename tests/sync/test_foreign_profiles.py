"""Foreign profiles are recognized by what each version of each tool writes; doubtful ones are not adopted."""

from dataclasses import dataclass, field

import pytest

from ssohelper.aws_config.config_text import parse
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.sync import foreign_profiles
from ssohelper.sync.foreign_profiles import ForeignProfile
from tests.fixtures.sync_worlds import MAIN

SESSIONS = """\
[sso-session main]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-central-1

[sso-session Other]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-central-1

"""
ROLE = "sso_account_id = 111111111111\nsso_role_name = Admin\n"
HERE = "sso_start_url = https://example.awsapps.com/start\nsso_region = eu-central-1\n"
LEGACY = HERE + ROLE
GRANTED = "".join(f"granted_{line}\n" for line in LEGACY.splitlines())
LEGACY_KEYS = {"sso_start_url", "sso_region", "sso_account_id", "sso_role_name"}
GRANTED_KEYS = {f"granted_{key}" for key in LEGACY_KEYS}
PROCESS = {"credential_process"}
ADMIN = MAIN.role("111111111111", "Admin")


def found(options: str, name: str = "x", *, credentials_profiles: tuple[str, ...] = ()) -> list[ForeignProfile]:
    """The foreign profiles in a file with one profile and two sessions."""
    credentials = parse("".join(f"[{each}]\n" for each in credentials_profiles).encode())
    text = parse(f"{SESSIONS}[profile {name}]\n{options}".encode())
    return foreign_profiles.find(AwsFiles(text, lambda: credentials), MAIN)


@dataclass(frozen=True, slots=True)
class Written:
    """The options that a tool writes, and those that are obsolete once the profile is adopted."""

    by: str
    options: str
    obsolete: set[str] = field(default_factory=set)
    profile: str = "x"


WRITTEN = [
    # aws-sso-util 4.33, `configure populate`: with and without --no-credential-process.
    Written(
        "aws-sso-util",
        f"{HERE}sso_account_name = prod\n{ROLE}region = eu-central-1\n"
        "credential_process = aws-sso-util credential-process --profile x\nsso_auto_populated = true\n",
        LEGACY_KEYS | PROCESS | {"sso_account_name", "sso_auto_populated"},
    ),
    Written("aws-sso-util", f"{LEGACY}sso_auto_populated = true\n", LEGACY_KEYS | {"sso_auto_populated"}),
    # Renamed by the user: `--profile` has the old name, but nearly every SDK prefers the keys.
    Written(
        "aws-sso-util",
        f"{LEGACY}credential_process = aws-sso-util credential-process --profile 'prod two'\n",
        LEGACY_KEYS | PROCESS,
    ),
    # aws-sso-cli: versions before 1.9, up to 1.17, since 2; Nix, Windows; its manual; zeros left out.
    *(
        Written("aws-sso-cli", f"credential_process = {line}\noutput = json\n", PROCESS)
        for line in (
            '/usr/local/bin/aws-sso -u open -S "Default" process --arn arn:aws:iam::111111111111:role/Admin',
            '/opt/homebrew/bin/aws-sso -S "Default" process --arn arn:aws:iam::111111111111:role/Admin',
            'aws-sso -S "main" process --arn arn:aws-us-gov:iam::111111111111:role/Admin',
            r"C:\Users\alex\bin\aws-sso.exe process --sso Default --arn arn:aws:iam::111111111111:role/Admin",
            r'"C:\Program Files\aws-sso.exe" process --arn=arn:aws:iam:111111111111:role/Admin',
            "aws-sso process -A 111111111111 -R Admin",
        )
    ),
    # granted: `sso populate`, with the key of each version; --no-credential-process; # in the start URL.
    *(
        Written(
            "granted",
            f"{GRANTED}{mark} = aws-sso\ncredential_process         = {program} credential-process --profile x\n",
            GRANTED_KEYS | PROCESS | {mark},
        )
        for mark in ("common_fate_generated_from", "granted_generated_from")
        for program in ("granted", "/home/alex/.local/bin/dgranted")
    ),
    Written(
        "granted",
        f"{LEGACY}common_fate_generated_from = aws-sso\nregion = x\n",
        LEGACY_KEYS | {"common_fate_generated_from"},
    ),
    Written(
        "granted",
        GRANTED.replace("https://example.awsapps.com/start", "`https://example.awsapps.com/start/#`")
        + "granted_skip_credential_process_validation = true\ngranted_color = red\n"
        "credential_process = granted credential-process --auto-login --profile x --url https://g.example.com\n",
        GRANTED_KEYS | PROCESS | {"granted_skip_credential_process_validation"},
    ),
    # aws-vault, whose profiles the user writes.
    Written("aws-vault", f"{LEGACY}credential_process = aws-vault export --format=json x\n", LEGACY_KEYS | PROCESS),
    Written(
        "aws-vault",
        f"sso_session = main\n{ROLE}credential_process = /usr/bin/aws-vault --prompt=osascript exec --json -- x\n",
        {"sso_session", "sso_account_id", "sso_role_name"} | PROCESS,
    ),
    # `aws configure sso`, with and without a session; AWS documents start URLs that end with #.
    Written("hand", f"sso_session = main\n{ROLE}", {"sso_session", "sso_account_id", "sso_role_name"}),
    *(
        Written("hand", LEGACY.replace("/start", f"/start{end}"), LEGACY_KEYS, profile="'x'")
        for end in ("", "/", "#", "#/", "/#", "/#/")
    ),
    Written("hand", f"sso_session = main\n{LEGACY}", LEGACY_KEYS | {"sso_session"}),
    # Managed once: the user has removed ssohelper_session.
    Written(
        "ssohelper",
        "credential_process = /opt/bin/ssohelper-credential-process --session main --account-id 111111111111"
        " --role-name Admin\nssohelper_account_id = 111111111111\nssohelper_role_name = Admin\n",
        PROCESS | {"ssohelper_account_id", "ssohelper_role_name"},
    ),
]


@pytest.mark.parametrize("written", WRITTEN, ids=lambda written: written.by)
def test_what_tools_write(written: Written) -> None:
    """The role, the tool and the obsolete keys of each tool's profile are found."""
    [each] = found(written.options, written.profile)
    assert (each.role, each.origin, set(each.obsolete), each.obstacle) == (
        ADMIN, written.by, written.obsolete, None,
    )  # fmt: skip


def test_leading_zeros() -> None:
    """Old versions of aws-sso-cli write account ids without leading zeros."""
    [each] = found("credential_process = aws-sso process --arn arn:aws:iam::12345:role/Admin\n")
    assert each.role == MAIN.role("000000012345", "Admin")


@pytest.mark.parametrize(
    "options",
    [
        "",
        "region = eu-central-1\n",
        f"sso_session = Other\n{ROLE}",
        f"sso_session = nowhere\n{LEGACY}",
        ROLE,
        "sso_session = main\n",
        "sso_session = main\nsso_account_id = 111111111111\n",
        LEGACY.replace("example", "elsewhere"),
        LEGACY.replace("/start", "/start2"),
        LEGACY.replace("sso_region = eu-central-1\n", ""),
        GRANTED.replace("example", "elsewhere"),
        "credential_process = aws-sso -S Other process --arn arn:aws:iam::111111111111:role/Admin\n",
        "credential_process = aws-sso process --arn arn:aws:iam::111111111111:user/Admin\n",
        "credential_process = aws-sso process --profile x\n",
        "credential_process = aws-sso list --arn arn:aws:iam::111111111111:role/Admin\n",
        "credential_process = aws-sso process --arn\n",
        "credential_process = my-aws-sso process --arn arn:aws:iam::111111111111:role/Admin\n",
        "credential_process = echo /usr/bin/aws-sso process --arn arn:aws:iam::111111111111:role/Admin\n",
        "credential_process = aws-vault export --format=json x\n",
        "credential_process = ssohelper credential-process --session Other --account-id 1 --role-name Admin\n",
    ],
)
def test_unrelated_profiles(options: str) -> None:
    """A profile of another session, of no session or of no role is not found."""
    assert found(options) == []


@pytest.mark.parametrize("session", ["main", "Other"])
def test_managed_profiles(session: str) -> None:
    """A managed profile is not foreign, whichever session it is for."""
    assert found(f"sso_session = main\n{ROLE}ssohelper_session = {session}\n") == []


@pytest.mark.parametrize(
    ("options", "obstacle"),
    [
        ("credential_process = /usr/local/bin/my-helper x\n", "its credential_process runs no known tool"),
        ("credential_process = granted credential-process 'x\n", "its credential_process runs no known tool"),
        ("credential_process = aws-vault export --format=json y\n", "its credential_process runs no known tool"),
        ("role_arn = arn:aws:iam::222222222222:role/Ops\nsource_profile = y\n", "it has role_arn"),
        ("source_profile = y\n", "it has source_profile"),
        ("aws_access_key_id = AKIA\naws_secret_access_key = s\n", "it has aws_access_key_id"),
        ("region = x\nRegion = y\n", "it sets region twice"),
        (
            "credential_process = aws-sso process --arn arn:aws:iam::111111111111:role/Read\n",
            "it names more than one role",
        ),
        (GRANTED.replace("example", "elsewhere"), "it names more than one role"),
    ],
)
def test_obstacles(options: str, obstacle: str) -> None:
    """A profile with other sources of credentials, or several roles, cannot be adopted."""
    [each] = found(LEGACY + options)
    assert (each.role, each.obstacle) == (ADMIN, obstacle)


@pytest.mark.parametrize("options", [LEGACY, GRANTED, f"sso_session = main\nsso_region = eu-central-1\n{ROLE}"])
def test_other_region(options: str) -> None:
    """A profile with the same start URL in another region cannot be adopted."""
    [each] = found(options.replace("eu-central-1", "us-east-1"))
    assert (each.role, each.obstacle) == (ADMIN, "its sso_region is not eu-central-1")


def test_empty_region() -> None:
    """An empty region is no other region."""
    [each] = found(f"sso_session = main\nsso_region =\n{ROLE}")
    assert each.obstacle is None


def test_ambiguous_names() -> None:
    """A profile that is defined twice, or in the credentials file too, cannot be adopted."""
    [twice, again] = found(f"{LEGACY}[profile 'x']\n{LEGACY}")
    [both] = found(LEGACY, credentials_profiles=("x",))
    assert [each.obstacle for each in (twice, again, both)] == [
        "the config file defines it twice",
        "the config file defines it twice",
        "the credentials file also has a profile of that name",
    ]  # fmt: skip


def test_default_profile() -> None:
    """`[default]` is adopted only if a rule makes its role the default: it is removed together with the role."""
    text = parse(f"[default]\n{LEGACY}".encode())
    [without_rule] = foreign_profiles.find(AwsFiles(text), MAIN)
    [with_rule] = foreign_profiles.find(AwsFiles(text), MAIN, default_roles={ADMIN})
    assert (without_rule.obstacle, with_rule.obstacle) == (
        "no rule in config.toml names its role default", None,
    )  # fmt: skip


REGISTRY = f"""\
# Auto-generated by Granted (https://granted.dev). DO NOT EDIT.
[granted_registry_start team]

[profile inside]
{LEGACY}
[granted_registry_end team]

[profile outside]
{LEGACY}"""


def test_registry() -> None:
    """A profile that granted's profile registry would restore cannot be adopted."""
    obstacles = {
        each.section.name: each.obstacle for each in foreign_profiles.find(AwsFiles(parse(REGISTRY.encode())), MAIN)
    }
    assert obstacles == {"inside": "granted's profile registry would restore it", "outside": None}


BLOCKS = """\
[profile before]
# BEGIN_AWS_SSO_CLI

[profile inside]
# END_AWS_SSO_CLI
[profile between]
# BEGIN_AWS_SSO_CLI_work
[profile work]
# END_AWS_SSO_CLI_work
[profile after]
"""


def test_blocks() -> None:
    """Profiles in a block of aws-sso-cli are recognized, whatever the name of its instance."""
    text = parse(BLOCKS.encode())
    inside = {each.name: foreign_profiles.in_block(text, each) for each in text.sections}
    assert inside == {"before": False, "inside": True, "between": False, "work": True, "after": False}
