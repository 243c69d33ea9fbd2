"""Errors of an unusable AWS config file, settings file or variable; no file is changed."""

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home
from tests.fixtures.refusals import assert_refused, unprivileged


def test_no_session(home: Home) -> None:
    """Without any sso-session, the hint is to configure one."""
    message, hint = "no sso-session configured in ~/.aws/config", "ssohelper setup"
    assert_refused(home, "sync", message=message, hint=hint, code=2)


def test_several_sessions(signed_in: Home, identity_center: Simulator) -> None:
    """With several sessions and no `--session`, all of them are named."""
    url, region = identity_center.start_url, identity_center.region
    signed_in.ssohelper("configure", "--session", "beta", "--start-url", url, "--region", region)
    message, hint = "several sso-sessions are configured: acme, beta", "choose one with --session NAME"
    assert_refused(signed_in, "accounts", message=message, hint=hint, code=2)


def test_incomplete_sessions(signed_in: Home, identity_center: Simulator) -> None:
    """A session without a start URL, a profile or settings for a missing session: the error says where that is."""
    with signed_in.config.open("a") as file:
        file.write("[sso-session half]\nsso_region = us-east-1\n[profile a]\nsso_session = gone\n")
        file.write("[profile b]\nsso_session = half\n")
    half = (
        "ssohelper: [sso-session half] on line 5 of the config file has no sso_start_url\n"
        "hint: ssohelper configure --session half\n"
    )
    gone = (
        "ssohelper: profile 'a' names sso-session 'gone', which is not configured\n"
        "hint: ssohelper configure --session gone\n"
    )
    for words, errors in (
        (("login", "--session", "half"), half),
        (("env", "--profile", "b"), half),
        (("env", "--profile", "a"), gone),
    ):
        done = signed_in.ssohelper(*words)
        assert (done.stdout, done.stderr, done.returncode) == ("", errors, 2)
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text('[sessions.acmee]\nsensitive_roles = ["*"]\n')
    done = signed_in.ssohelper("sync", "--dry-run", "--session", "acme")
    warning = "~/.config/ssohelper/config.toml: sso-session 'acmee' not found in ~/.aws/config; did you mean acme?"
    assert done.stderr == f"ssohelper: {warning}\n"


def test_region_in_the_config(signed_in: Home) -> None:
    """A region that does not exist is reported at once, before a connection to its host could time out."""
    signed_in.config.write_text(signed_in.config.read_text().replace("us-east-1", "us-east-7"))
    elsewhere = {"AWS_ENDPOINT_URL_SSO": "", "AWS_ENDPOINT_URL_SSO_OIDC": ""}
    message = (
        "IAM Identity Center is not available in region 'us-east-7'"
        "; did you mean us-east-2 (Ohio), us-east-1 (N. Virginia) or us-west-2 (Oregon)?"
    )
    hint = "check sso_region in [sso-session acme]"
    assert_refused(signed_in, "sync", message=message, hint=hint, code=2, **elsewhere)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("path", "mode", "message", "hint"),
    [
        (".aws/config", 0o000, "can't read ~/.aws/config: permission denied", "ls -ld ~/.aws"),
        (".aws/config", 0o400, "can't write ~/.aws/config: read-only", "ls -ld ~/.aws"),
    ],
)
def test_permissions(signed_in: Home, path: str, mode: int, message: str, hint: str) -> None:
    """A config file that cannot be read or written is named, with the reason."""
    place, data = signed_in.path / path, signed_in.config.read_bytes()
    before = place.stat().st_mode
    place.chmod(mode)
    done = unprivileged(signed_in, "sync", "--yes")
    place.chmod(before)
    assert (done.stderr, done.returncode) == (f"ssohelper: {message}\nhint: {hint}\n", 1)
    assert signed_in.config.read_bytes() == data


def test_read_only_folder(signed_in: Home) -> None:
    """In a folder in which no file can be made, the config file is written in place."""
    inode = signed_in.config.stat().st_ino
    signed_in.config.parent.chmod(0o500)
    done = unprivileged(signed_in, "sync", "--yes")
    signed_in.config.parent.chmod(0o700)
    assert (done.stderr, done.returncode) == ("ssohelper: wrote ~/.aws/config\n", 0)
    assert ("ssohelper_session" in signed_in.config.read_text(), signed_in.config.stat().st_ino) == (True, inode)


def test_config_is_a_folder(signed_in: Home) -> None:
    """A folder in place of the config file is reported as one."""
    signed_in.config.unlink()
    signed_in.config.mkdir()
    message, hint = "can't read ~/.aws/config: is a directory", "ls -ld ~/.aws"
    assert_refused(signed_in, "sync", "--yes", message=message, hint=hint, code=1)


def test_duplicate_profile(signed_in: Home) -> None:
    """A managed profile that is defined twice is refused, with both lines."""
    twice = "\n[profile x]\nssohelper_session = acme\n\n[profile x]\nregion = eu-west-1\n"
    signed_in.config.write_text(signed_in.config.read_text() + twice)
    message = "profile 'x' is defined twice, on lines 6 and 9 of the config file"
    hint = "remove one of the two: no AWS tool can read the file as it is"
    assert_refused(signed_in, "sync", "--yes", message=message, hint=hint, code=1)


def test_utf_16(home: Home, identity_center: Simulator) -> None:
    """A config file in UTF-16 is refused, and nothing is appended to it."""
    home.config.parent.mkdir()
    home.config.write_bytes("[profile x]\r\nregion = eu-west-1\r\n".encode("utf-16"))
    words = ("configure", "--session", "s", "--start-url", identity_center.start_url, "--region", "us-east-1")
    assert_refused(home, *words, message="line 1 of the config file is not text", hint="save it as UTF-8", code=1)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("added", "damage"),
    [
        ("stray\n", "line 17 of the config file: not a `key = value` line"),
        (
            "[sso-session acme]\n",
            "line 17 of the config file: section [sso-session acme] is defined twice",
        ),
        ("[profile x]\nregion = a\nREGION = b\n", "line 19 of the config file: 'region' is set twice"),
    ],
    ids=["stray", "section", "option"],
)
def test_config_that_tools_cannot_read(signed_in: Home, added: str, damage: str) -> None:
    """Sync writes nothing into a file that AWS tools cannot read, and names the line."""
    assert signed_in.ssohelper("sync", "--yes", "--include", "management").returncode == 0
    lines = signed_in.config.read_text().count("\n")
    with signed_in.config.open("a") as file:
        file.write("# " + "\n# " * (15 - lines) + "\n" + added)
    assert_refused(
        signed_in,
        "sync",
        "--dry-run",
        message=f"no AWS tool can use a profile: {damage}",
        hint="ssohelper doctor",
        code=2,
    )


def test_unknown_setting(signed_in: Home) -> None:
    """An unknown setting is reported with its file and line."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text("[defaults]\nstile = 'sso'\n")
    before = signed_in.tree()
    done = signed_in.ssohelper("sync", "--yes")
    assert (done.stderr, done.returncode) == (
        "ssohelper: ~/.config/ssohelper/config.toml, line 2: unknown setting stile; did you mean style?\n",
        2,
    )
    assert signed_in.tree() == before


def test_missing_program(signed_in: Home) -> None:
    """No profile is written whose program does not exist."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text('[defaults]\nprogram = "/no/ssohelper"\nstyle = "credential-process"\n')
    before = signed_in.config.read_bytes()
    done = signed_in.ssohelper("sync", "--yes")
    error = 'ssohelper: program not found: /no/ssohelper\nhint: in config.toml: program = "/..."\n'
    assert (done.stderr, done.returncode, signed_in.config.read_bytes()) == (error, 2, before)


def test_invalid_endpoint(signed_in: Home) -> None:
    """A variable with an invalid endpoint URL is named."""
    message, hint = "AWS_ENDPOINT_URL_SSO is not a valid URL: 'garbage'", "unset AWS_ENDPOINT_URL_SSO"
    assert_refused(signed_in, "accounts", message=message, hint=hint, code=2, AWS_ENDPOINT_URL_SSO="garbage")


# Profiles that name a role of Identity Center, and whose credentials botocore takes from elsewhere.
ELSEWHERE = {
    "it assumes a role with this machine's own role (role_arn on line 10 of the config file)": (
        "role_arn = arn:aws:iam::333344445555:role/x\ncredential_source = Ec2InstanceMetadata\n",
        "",
    ),
    "it uses a web identity token (web_identity_token_file on line 11 of the config file)": (
        "role_arn = arn:aws:iam::333344445555:role/x\nweb_identity_token_file = /token\n",
        "",
    ),
    "it assumes a role with `aws login` (login_session on line 2 of the credentials file)": (
        "",
        "[keys]\nlogin_session = x\n[mine]\nrole_arn = arn:aws:iam::333344445555:role/x\nsource_profile = keys\n",
    ),
}


@pytest.mark.first_is_quick
@pytest.mark.parametrize("words", [("env",), ("exec", "--", "true"), ("console", "--print")], ids=" ".join)
@pytest.mark.parametrize("reason", ELSEWHERE)
def test_credentials_from_elsewhere(signed_in: Home, words: tuple[str, ...], reason: str) -> None:
    """Where botocore would use other credentials than the role's, no command hands out the role's."""
    options, credentials = ELSEWHERE[reason]
    role = "sso_session = acme\nsso_account_id = 333344445555\nsso_role_name = ReadOnly\n"
    signed_in.config.write_text(
        f"{signed_in.config.read_text()}[profile base]\n{role}[profile mine]\n{options}{role}"
    )
    (signed_in.config.parent / "credentials").write_text(credentials)
    (command, *others) = words
    done = signed_in.ssohelper(command, "--profile", "mine", *others)
    message = f"profile 'mine' is not for a role of IAM Identity Center: {reason}"
    hint = "`ssohelper sync` adds a profile for each of your roles"
    if "assumes a role" in reason:
        hint = "let source_profile name a profile for IAM Identity Center or with access keys, or use the AWS CLI"
    assert (done.stdout, done.stderr, done.returncode) == ("", f"ssohelper: {message}\nhint: {hint}\n", 2)


def test_keys_in_the_environment(synced: Home) -> None:
    """Keys in the environment come before the profile in AWS_PROFILE, but not before one that an option names."""
    profile, keys = "payments-prod.ReadOnly", {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}
    message = f"profile {profile!r} is not for a role of IAM Identity Center: the keys in the environment come first"
    hint = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY, or name the profile with --profile"
    assert_refused(synced, "env", message=message, hint=hint, code=2, AWS_PROFILE=profile, **keys)
    assert synced.ssohelper("env", "--profile", profile, **keys).returncode == 0


def test_inconsistent_profile(signed_in: Home) -> None:
    """A profile that contradicts its sso-session is refused, as botocore refuses it; by account and role it works."""
    text = signed_in.config.read_text()
    role = "sso_account_id = 333344445555\nsso_role_name = ReadOnly\n"
    signed_in.config.write_text(
        f"{text}region = eu-west-1\n[profile p]\nsso_session = acme\n{role}region = us-east-1\n"
    )
    refused = signed_in.ssohelper("env", "--profile", "p")
    assert refused.stderr.startswith("ssohelper: profile 'p' has a different region from [sso-session acme] on line ")
    assert (refused.stdout, refused.returncode) == ("", 2)
    options = ("--session", "acme", "--account-id", "333344445555", "--role-name", "ReadOnly")
    assert signed_in.ssohelper("env", *options).returncode == 0
    signed_in.config.write_text(f"{signed_in.config.read_text()}no option\n")
    assert signed_in.ssohelper("env", "--profile", "p").stderr.startswith(
        "ssohelper: no AWS tool can use a profile: "
    )
    assert signed_in.ssohelper("credential-process", *options).returncode == 0


@pytest.mark.first_is_quick
@pytest.mark.parametrize("command", ["env", "exec"])
@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_empty_profile(signed_in: Home, command: str, name: str) -> None:
    """An empty profile is refused, as botocore finds none; with options that name a role it does not matter."""
    signed_in.environment[name] = ""
    assert_refused(
        signed_in,
        command,
        message="AWS_PROFILE or AWS_DEFAULT_PROFILE is set, but empty: AWS tools find no profile",
        hint="unset AWS_PROFILE AWS_DEFAULT_PROFILE",
        code=2,
    )
    role = ("--account-id", "111122223333", "--role-name", "ReadOnly")
    assert signed_in.ssohelper("env", *role).returncode == 0


@pytest.mark.parametrize("value", ["", "/dev/null"])
def test_no_config_file_to_write(home: Home, value: str) -> None:
    """Where AWS_CONFIG_FILE names no file, nothing can be configured, and the hint says why."""
    home.environment["AWS_CONFIG_FILE"] = value
    words = ("configure", "--session", "s", "--start-url", "https://s.awsapps.com/start", "--region", "us-east-1")
    message = "nothing can be written: AWS_CONFIG_FILE is empty, or /dev/null"
    assert_refused(home, *words, message=message, hint="unset AWS_CONFIG_FILE", code=2)


def test_session_in_a_file_that_cannot_be_read(home: Home) -> None:
    """A session whose header cannot be read is not called missing."""
    home.config.parent.mkdir()
    home.config.write_text("[sso-session acme\nsso_start_url = https://acme.awsapps.com/start\n")
    message = "no AWS tool can use a profile: line 1 of the config file: text before the first section"
    assert_refused(home, "login", message=message, hint="ssohelper doctor", code=2)


def test_damaged_account_id(signed_in: Home) -> None:
    """A damaged account id is refused as such, and not as a role that is not assigned."""
    role = "sso_session = acme\nsso_role_name = ReadOnly\nsso_account_id ="
    with signed_in.config.open("a") as file:
        file.write(f"[profile x]\n{role} 1111-2222-3333\n")
    message = "profile 'x': not a valid account id: '1111-2222-3333' (expected 12 digits)"
    for command in ("env", "exec", "console"):
        words = (command, "x") if command == "console" else (command, "--profile", "x")
        assert_refused(signed_in, *words, message=message, hint="ssohelper doctor --fix", code=2)
