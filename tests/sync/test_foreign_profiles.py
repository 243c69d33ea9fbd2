"""Profiles of others are known by what each tool writes, in the words of its versions; what is not certain stays."""

from dataclasses import dataclass, field

import pytest

from ssohelper.aws_config.config_text import parse
from ssohelper.sync import foreign_profiles
from ssohelper.sync.foreign_profiles import Neighbour
from tests.fixtures.sync_worlds import MAIN

OTHER_SESSIONS = """\
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


def found(
    options: str, name: str = "x", *, session_of_ours: str = "", taken: tuple[str, ...] = ()
) -> list[Neighbour]:
    """The neighbours in a file of one profile, beside two sessions."""
    text = parse(f"{OTHER_SESSIONS}[profile {name}]\n{options}{session_of_ours}".encode())
    return foreign_profiles.find(text, MAIN, taken=taken)


@dataclass(frozen=True, slots=True)
class Written:
    """What a tool writes, the keys of it that are obsolete for us, and who it was."""

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
    # After a rename by hand: `--profile` has the name of before, but the keys go first in nearly every SDK.
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
    # granted: `sso populate`, with the key of each version; --no-credential-process; a # in the start URL.
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
    # aws-vault, whose profiles a hand writes.
    Written("aws-vault", f"{LEGACY}credential_process = aws-vault export --format=json x\n", LEGACY_KEYS | PROCESS),
    Written(
        "aws-vault",
        f"sso_session = main\n{ROLE}credential_process = /usr/bin/aws-vault --prompt=osascript exec --json -- x\n",
        {"sso_session", "sso_account_id", "sso_role_name"} | PROCESS,
    ),
    # `aws configure sso`, with a session and without; AWS documentation has start URLs that end with #.
    Written("hand", f"sso_session = main\n{ROLE}", {"sso_session", "sso_account_id", "sso_role_name"}),
    *(
        Written("hand", LEGACY.replace("/start", f"/start{end}"), LEGACY_KEYS, profile="'x'")
        for end in ("", "/", "#", "#/", "/#", "/#/")
    ),
    Written("hand", f"sso_session = main\n{LEGACY}", LEGACY_KEYS | {"sso_session"}),
    # A profile of ours from which the mark was taken.
    Written(
        "ssohelper",
        "credential_process = /opt/bin/ssohelper-credential-process --session main --account-id 111111111111"
        " --role-name Admin\nssohelper_account_id = 111111111111\nssohelper_role_name = Admin\n",
        PROCESS | {"ssohelper_account_id", "ssohelper_role_name"},
    ),
]


@pytest.mark.parametrize("written", WRITTEN, ids=lambda written: written.by)
def test_what_tools_write(written: Written) -> None:
    """Each tool's profile is known for the account and role that it is for, and for what is obsolete in it."""
    [each] = found(written.options, written.profile)
    assert (each.key, each.origin, set(each.obsolete), each.obstacle) == (
        ("111111111111", "Admin"), written.by, written.obsolete, None,
    )  # fmt: skip


def test_zeros_in_front() -> None:
    """Versions of aws-sso-cli that took an account's id for a number left out its zeros."""
    [each] = found("credential_process = aws-sso process --arn arn:aws:iam::12345:role/Admin\n")
    assert each.key == ("000000012345", "Admin")


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
def test_strangers(options: str) -> None:
    """A profile of another session, of no session or of no role is nobody's neighbour."""
    assert found(options) == []


@pytest.mark.parametrize("session", ["main", "Other"])
def test_ours(session: str) -> None:
    """What carries our mark is no neighbour, whichever session it is for."""
    assert found(f"sso_session = main\n{ROLE}", session_of_ours=f"ssohelper_session = {session}\n") == []


@pytest.mark.parametrize(
    ("options", "obstacle"),
    [
        ("credential_process = /usr/local/bin/my-helper x\n", "its credential_process is your own"),
        ("credential_process = granted credential-process 'x\n", "its credential_process is your own"),
        ("credential_process = aws-vault export --format=json y\n", "its credential_process is your own"),
        ("role_arn = arn:aws:iam::222222222222:role/Ops\nsource_profile = y\n", "it has role_arn"),
        ("source_profile = y\n", "it has source_profile"),
        ("aws_access_key_id = AKIA\naws_secret_access_key = s\n", "it has aws_access_key_id"),
        ("region = x\nRegion = y\n", "it says region twice"),
        (
            "credential_process = aws-sso process --arn arn:aws:iam::111111111111:role/Read\n",
            "it speaks of more than one role",
        ),
        (GRANTED.replace("example", "elsewhere"), "it speaks of more than one role"),
    ],
)
def test_obstacles(options: str, obstacle: str) -> None:
    """Where somebody has arranged for other credentials, or the role is not certain, it is told why it must stay."""
    [each] = found(LEGACY + options)
    assert (each.key, each.obstacle) == (("111111111111", "Admin"), obstacle)


@pytest.mark.parametrize("options", [LEGACY, GRANTED, f"sso_session = main\nsso_region = eu-central-1\n{ROLE}"])
def test_another_region(options: str) -> None:
    """Who looks for the same start URL in another region does so by mistake or with a reason: it stays."""
    [each] = found(options.replace("eu-central-1", "us-east-1"))
    assert (each.key, each.obstacle) == (("111111111111", "Admin"), "its sso_region is not eu-central-1")


def test_no_region_at_all() -> None:
    """A region that is left empty is none."""
    [each] = found(f"sso_session = main\nsso_region =\n{ROLE}")
    assert each.obstacle is None


def test_names() -> None:
    """A name that stands twice, or in the credentials file, too, is not one profile's own."""
    [twice, again] = found(f"{LEGACY}[profile 'x']\n{LEGACY}")
    [both] = found(LEGACY, taken=("x",))
    assert [each.obstacle for each in (twice, again, both)] == [
        "the file has it twice", "the file has it twice", "the credentials file has it, too",
    ]  # fmt: skip


def test_the_default() -> None:
    """`[default]` stays, unless its role shall be the default: it would go with the role."""
    text = parse(f"[default]\n{LEGACY}".encode())
    [left], [chosen] = (
        foreign_profiles.find(text, MAIN),
        foreign_profiles.find(text, MAIN, defaults={("111111111111", "Admin")}),
    )
    assert (left.obstacle, chosen.obstacle) == ("a role is the default only where a rule says so", None)


REGISTRY = f"""\
# Auto-generated by Granted (https://granted.dev). DO NOT EDIT.
[granted_registry_start team]

[profile inside]
{LEGACY}
[granted_registry_end team]

[profile outside]
{LEGACY}"""


def test_a_registry() -> None:
    """What a profile registry of granted would write anew at its next sync stays."""
    obstacles = {each.section.name: each.obstacle for each in foreign_profiles.find(parse(REGISTRY.encode()), MAIN)}
    assert obstacles == {"inside": "a registry of granted would write it anew", "outside": None}


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
    """Profiles between aws-sso-cli's marks are told from those around them, whatever its instance is called."""
    text = parse(BLOCKS.encode())
    inside = {each.name: foreign_profiles.in_a_block(text, each) for each in text.sections}
    assert inside == {"before": False, "inside": True, "between": False, "work": True, "after": False}
