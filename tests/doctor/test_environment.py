"""Environment variables."""

import pytest

from tests.fixtures.components import need
from tests.fixtures.doctor_runs import HEALTHY_PROFILE, findings
from tests.fixtures.home import Home, command

KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}
CASES = [
    (KEYS, "keys-in-environment", "AWS_ACCESS_KEY_ID is set: it overrides the config file"),
    (
        {**KEYS, "AWS_PROFILE": HEALTHY_PROFILE},
        "keys-in-environment",
        f"AWS_ACCESS_KEY_ID is set: it overrides profile '{HEALTHY_PROFILE}'",
    ),
    (
        {"AWS_DEFAULT_PROFILE": "management.ReadOnly", "AWS_PROFILE": HEALTHY_PROFILE},
        "conflicting-profiles",
        f"AWS_DEFAULT_PROFILE is 'management.ReadOnly', but AWS_PROFILE is '{HEALTHY_PROFILE}'",
    ),
    (
        {"AWS_PROFILE": f"{HEALTHY_PROFILE}y"},
        "profile-not-found",
        f"AWS_PROFILE: profile '{HEALTHY_PROFILE}y' not found; did you mean {HEALTHY_PROFILE}?",
    ),
    ({"AWS_SECURITY_TOKEN": "x"}, "keys-in-environment", "AWS_SECURITY_TOKEN is set: it overrides the config file"),
    ({"AWS_PROFILE": ""}, "empty-variable", "AWS_PROFILE is set, but empty"),
    ({"AWS_DEFAULT_PROFILE": ""}, "empty-variable", "AWS_DEFAULT_PROFILE is set, but empty"),
    ({"AWS_SHARED_CREDENTIALS_FILE": ""}, "empty-variable", "AWS_SHARED_CREDENTIALS_FILE is set, but empty"),
    (
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "r"},
        "web-identity-in-environment",
        "AWS_WEB_IDENTITY_TOKEN_FILE is set: it overrides the role of AWS_PROFILE",
    ),
    ({"REQUESTS_CA_BUNDLE": "/none"}, "file-not-found", "REQUESTS_CA_BUNDLE: file not found: /none"),
    ({"AWS_PROFILE": "zzz"}, "profile-not-found", "AWS_PROFILE: profile 'zzz' not found"),
    (
        {"SSOHELPER_SESSION": "amce"},
        "session-not-found",
        "SSOHELPER_SESSION: sso-session 'amce' not found; did you mean acme?",
    ),
]


@pytest.mark.first_is_quick
@pytest.mark.parametrize(("variables", "kind", "message"), CASES)
def test_variables(healthy: Home, variables: dict[str, str], kind: str, message: str) -> None:
    """Each variable that is an error is unset by the fix; a similar name is suggested in words only."""
    (found,) = findings(healthy, "--offline", **variables)
    assert (found["kind"], found["message"], found["severity"], found["file"]) == (kind, message, "error", None)
    assert found["fix"].startswith("unset ")
    done = healthy.run("sh", "-c", f"{found['fix']}; ssohelper doctor --offline", **variables)
    assert (done.stdout, done.returncode) == ("no problems found\n", 0)


def test_missing_config_file(configured: Home) -> None:
    """A config file that a variable names and that does not exist: unset the variable."""
    found = findings(configured, "--offline", AWS_CONFIG_FILE="/none/such")
    assert [(each["kind"], each["fix"]) for each in found] == [
        ("file-not-found", "unset AWS_CONFIG_FILE"),
        ("nothing-configured", "ssohelper setup"),
    ]


def test_empty_config_file(configured: Home) -> None:
    """An empty AWS_CONFIG_FILE is a file without content, as for botocore: /dev/null, which has no wrong mode."""
    for value in ("", "/dev/null"):
        found = [each["kind"] for each in findings(configured, "--offline", AWS_CONFIG_FILE=value)]
        assert found == [*(["empty-variable"] if not value else []), "nothing-configured"]


def test_missing_credentials_file(healthy: Home) -> None:
    """A credentials file that does not exist is a warning; an empty one is not."""
    (found,) = findings(healthy, "--offline", AWS_SHARED_CREDENTIALS_FILE="/no/such")
    assert (found["kind"], found["severity"]) == ("file-not-found", "warning")
    assert findings(healthy, "--offline", AWS_SHARED_CREDENTIALS_FILE="/dev/null") == []


@pytest.mark.first_is_quick
@pytest.mark.parametrize("value", ["~/.aws/config", ".aws/config", "$HOME/.aws/config"])
def test_relative_path(healthy: Home, value: str) -> None:
    """A path that not every SDK expands is a warning; the fix sets the absolute one."""
    (found,) = findings(healthy, "--offline", AWS_CONFIG_FILE=value)
    assert (found["kind"], found["severity"]) == ("relative-path", "warning")
    done = healthy.run("sh", "-c", f"{found['fix']}; ssohelper doctor --offline", AWS_CONFIG_FILE=value)
    assert done.stdout == "no problems found\n"


def test_inside_exec(healthy: Home) -> None:
    """Keys that `exec` has given to a command are no finding."""
    words = ("--via", "env", "--profile", HEALTHY_PROFILE, "--", "ssohelper", "doctor", "--offline")
    done = healthy.ssohelper("exec", *words)
    assert (done.stdout, done.returncode) == ("no problems found\n", 0)


def test_proxy(healthy: Home) -> None:
    """A proxy that would see the endpoint's token is found, unless both variables except the endpoint."""
    endpoint = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/x", "ALL_PROXY": "http://127.0.0.1:9"}
    (found,) = findings(healthy, "--offline", **endpoint, NO_PROXY="a b")
    assert (found["kind"], found["fix"]) == (
        "endpoint-through-proxy",
        "export NO_PROXY='a b,127.0.0.1' no_proxy='a b,127.0.0.1'",
    )
    assert findings(healthy, "--offline", **endpoint, NO_PROXY="127.0.0.1", no_proxy="127.0.0.1") == []
    assert findings(healthy, "--offline", ALL_PROXY="http://127.0.0.1:9") == []


def test_profile_inside_exec(healthy: Home) -> None:
    """A profile that was set again inside `exec` gives one job two identities."""
    inside = {"SSOHELPER_EXEC": "acme 333344445555 ReadOnly"}
    (found,) = findings(healthy, "--offline", **inside, AWS_PROFILE=HEALTHY_PROFILE)
    assert (found["kind"], found["severity"], found["fix"]) == ("profile-inside-exec", "warning", "unset AWS_PROFILE")
    assert findings(healthy, "--offline", **inside) == []


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_fix_in_the_shell(configured: Home, shell: str) -> None:
    """The command for a variable works in the shell in which the doctor is run."""
    script = f"{command('ssohelper')[0]} doctor --offline; true"
    done = configured.run(need(shell), "-c", script, AWS_CA_BUNDLE="/missing")
    (fix,) = [
        line.split(None, 1)[1] for line in done.stdout.splitlines() if "fix" in line and "AWS_CA_BUNDLE" in line
    ]
    done = configured.run(need(shell), "-c", f'{fix}; echo "left: $AWS_CA_BUNDLE"', AWS_CA_BUNDLE="/missing")
    assert (done.stdout, done.stderr) == ("left: \n", "")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("aws_access_key_id = A\naws_secret_access_key = B\n", True),
        ("credential_process = /bin/true\n", True),
        ("aws_access_key_id = A\n", False),
        ("aws_access_key_id = A\naws_secret_access_key = B\nmfa_serial = x\n", False),
        ("credential_process =\n", False),
        ("role_arn = x\n", False),
        ("login_session = x\n", False),
        ("region = us-east-1\n", False),
    ],
)
def test_default_before_keys(healthy: Home, options: str, found: bool) -> None:
    """Beside keys in the environment, a default profile is found if the SDK for .NET would get credentials of it."""
    with healthy.config.open("a") as file:
        file.write(f"[default]\n{options}")
    kinds = [each["kind"] for each in findings(healthy, "--offline", **KEYS)]
    assert ("default-before-keys" in kinds) == found
    assert "default-before-keys" not in [
        each["kind"] for each in findings(healthy, "--offline", **KEYS, AWS_PROFILE=HEALTHY_PROFILE)
    ]
