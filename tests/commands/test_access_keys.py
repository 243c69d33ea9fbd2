"""Profiles that assume a role with access keys: they need neither an sso-session nor a sign-in."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import HANG_SECONDS, Home, command
from tests.fixtures.sts import Sts

pytestmark = pytest.mark.full

USER, OTHER_USER = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"
DEPLOY, AUDIT = "Deploy in 999988887777", "Audit in 888877776666"
DEVICE = "arn:aws:iam::333344445555:mfa/alex"
_PROFILES = f"""
[profile deploy]
role_arn = arn:aws:iam::999988887777:role/Deploy
source_profile = user
region = eu-west-1

[profile audit]
role_arn = arn:aws:iam::888877776666:role/Audit
source_profile = deploy
region = eu-west-1

[profile with-device]
role_arn = arn:aws:iam::999988887777:role/Deploy
source_profile = user
region = eu-west-1
mfa_serial = {DEVICE}
"""


# Waits until the endpoint gives other keys than at first.
WATCH = """\
import json, os, time, urllib.request
url, token = os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
request = urllib.request.Request(url, headers={"Authorization": token})
key = lambda: json.load(urllib.request.urlopen(request))["AccessKeyId"]
first = key()
while key() == first:
    time.sleep(0.1)
print("other keys")
"""


@pytest.fixture
def home(make_home: Callable[..., Home], caller_identity: Sts) -> Home:
    """A home folder without an sso-session: profiles assume roles with the keys of a user, one with an MFA device."""
    home = make_home(AWS_ENDPOINT_URL_STS=caller_identity.url)
    home.environment["PATH"] = f"{Path(command('ssohelper')[0]).parent}:{home.environment['PATH']}"
    home.config.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.config.write_text(_PROFILES)
    write_keys(home, USER)
    caller_identity.issued |= dict.fromkeys((USER, OTHER_USER), 2**40)
    return home


def write_keys(home: Home, access_key_id: str) -> None:
    """Give the user of the profile `user` another access key."""
    path = home.path / ".aws" / "credentials"
    path.write_text(f"[user]\naws_access_key_id = {access_key_id}\naws_secret_access_key = secret\n")
    path.chmod(0o600)


def test_one_request(home: Home, caller_identity: Sts) -> None:
    """However many processes need a chain at once, each of its roles is requested once."""
    words = command("ssohelper", "credential-process", "--profile", "audit")
    running = [
        subprocess.Popen(words, env=home.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(16)
    ]
    printed = [each.communicate() for each in running]
    assert len({json.loads(out)["AccessKeyId"] for out, _ in printed}) == 1
    assert [(each.role, each.key == USER) for each in caller_identity.assumptions] == [
        ("Deploy", True),
        ("Audit", False),
    ]


@pytest.mark.parametrize("via", ["endpoint", "credential-process", "env"])
def test_exec(home: Home, via: str) -> None:
    """In `exec` the role is that of all tools, of ours as well; a nested `exec` gets it again."""
    arn = "aws sts get-caller-identity --query Arn --output text"
    script = f"{arn}; ssohelper exec -- {arn}; ssohelper prompt; env -u AWS_ACCESS_KEY_ID ssohelper whoami --json"
    done = home.ssohelper("exec", "--via", via, "audit", "--", "sh", "-ec", script)
    assert (done.stderr, done.returncode) == ("", 0)
    first, nested, prompt, facts = done.stdout.split("\n", 3)
    assert first.startswith("arn:aws:sts::888877776666:assumed-role/Audit/")
    assert (nested, prompt) == (first, "exec 888877776666/Audit")
    assert {name: json.loads(facts)[name] for name in ("session", "role_name", "region")} == {
        "session": None,
        "role_name": "Audit",
        "region": "eu-west-1",
    }


def test_refresh(home: Home, caller_identity: Sts) -> None:
    """What keeps a job fresh reads the keys again: they may have been replaced. Nobody has to sign in for that."""
    caller_identity.lasts = 900  # so that they are due at once
    role = home.ssohelper("exec", "audit", "--", "printenv", "SSOHELPER_EXEC_CHAIN").stdout.strip()
    caller_identity.assumptions.clear()
    write_keys(home, OTHER_USER)
    (result,) = refresh(home, role)
    (refreshed,) = result.pop("roles")
    assert (refreshed["problem"], refreshed["answer"]["AccountId"]) == (None, "888877776666")
    assert (result["problem"], result["needs_person"], result["token_expires_at"]) == (None, False, float("inf"))
    assert [each.role for each in caller_identity.assumptions] == ["Deploy", "Audit"]
    assert caller_identity.assumptions[0].key == OTHER_USER
    (home.path / ".aws" / "credentials").unlink()
    (result,) = refresh(home, role)
    assert "profile 'user' no longer has access keys" in result["problem"]


def refresh(home: Home, role: str) -> list[dict[str, Any]]:
    """What the worker of the exec server prints for a role."""
    session = {"name": "", "start_url": "", "region": "eu-west-1", "scopes": []}
    done = subprocess.run(
        command("ssohelper", "refresh"),
        env=home.environment,
        input=json.dumps({"role": role, "session": session}),
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_mfa_code(home: Home, caller_identity: Sts) -> None:
    """On a terminal the code is asked for, and sent once; elsewhere the message names the device and the command."""
    done = home.ssohelper("env", "--profile", "with-device")
    assert (done.stdout, done.returncode) == ("", 4)
    hint = "ssohelper whoami --profile with-device --verify"
    assert done.stderr.splitlines() == [
        f"ssohelper: {DEPLOY} (profile 'with-device') needs an MFA code of {DEVICE}",
        f"hint: {hint}",
    ]
    assert caller_identity.assumptions == []
    shown = home.terminal(*hint.split()[1:])
    shown.expect_exact(f"MFA code of {DEVICE}: ")
    shown.sendline("12345")
    shown.expect_exact("not a valid MFA code (expected 6 digits)")
    shown.sendline("123 456")
    shown.expect_exact("verified")
    shown.wait()
    sent = [each.arguments for each in caller_identity.assumptions]
    assert [(each["SerialNumber"], each["TokenCode"]) for each in sent] == [(DEVICE, "123456")]
    cached = home.ssohelper("credential-process", "--profile", "with-device")
    by_aws_cli = home.run("aws", "sts", "get-caller-identity", "--profile", "with-device")
    assert (cached.returncode, by_aws_cli.returncode, len(caller_identity.assumptions)) == (0, 0, 1)


def enter_code(home: Home, code: str, *words: str) -> str:
    """Run a command on a terminal, and enter a code; returns what is shown after that."""
    shown = home.terminal(*words)
    shown.expect_exact(f"MFA code of {DEVICE}: ")
    shown.sendline(code)
    shown.expect(pexpect.EOF)
    return str(shown.before)


def test_job_with_an_mfa_device(home: Home, caller_identity: Sts) -> None:
    """A job whose credentials need another code is told so; it continues with those that the code gives."""
    caller_identity.lasts = 900  # so that they are due at once
    verify = ("whoami", "--profile", "with-device", "--verify")
    enter_code(home, "111111", *verify)
    (home.path / "watch.py").write_text(WATCH)
    job = home.terminal("exec", "--no-input", "with-device", "--", sys.executable, "watch.py")
    job.expect_exact("could not refresh the credentials")
    job.expect_exact(f"{DEPLOY} (profile 'with-device') needs an MFA code of {DEVICE}; the command's credentials")
    job.expect_exact("ssohelper whoami --profile with-device --verify")
    caller_identity.lasts = 3600
    enter_code(home, "222222", *verify)
    job.expect_exact("the command has fresh credentials again")
    job.expect_exact("other keys")
    job.expect(pexpect.EOF)
    assert [each.arguments["TokenCode"] for each in caller_identity.assumptions] == ["111111", "222222"]
    done = home.ssohelper("exec", "--needs", "3h", "with-device", "--", "true")
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        [
            "ssohelper: new credentials need an MFA code: these expire in 59m, the command needs 3h",
            "hint: set duration_seconds in the profile, if the role allows it",
        ],
    )


def test_chain_with_an_mfa_device(home: Home, caller_identity: Sts) -> None:
    """A code is needed for the first link only; the others are refreshed without one."""
    with home.config.open("a") as file:
        role = "role_arn = arn:aws:iam::888877776666:role/Audit\nregion = eu-west-1\n"
        file.write(f"\n[profile second]\n{role}source_profile = with-device\n")
    assert "verified" in enter_code(home, "111111", "whoami", "--profile", "second", "--verify")
    done = home.ssohelper("exec", "--needs", "3h", "second", "--", "true")
    assert (done.stderr, done.returncode) == ("", 0)
    assert [each.role for each in caller_identity.assumptions] == ["Deploy", "Audit"]
    for words in (("doctor", "second"), ("why", "second")):
        assert f"not requested: needs an MFA code of {DEVICE}" in home.ssohelper(*words).stdout


def test_why_with_an_mfa_device(home: Home) -> None:
    """Without a code `why` says what it could not check; with credentials that a code gave, it can."""
    done = home.ssohelper("why", "with-device")
    assert (done.returncode, f"with-device needs an MFA code of {DEVICE}" in done.stdout) == (4, True)
    enter_code(home, "111111", "whoami", "--profile", "with-device", "--verify")
    done = home.ssohelper("why", "with-device")
    assert (done.returncode, "with-device works" in done.stdout) == (0, True)


def test_wrong_code(home: Home, caller_identity: Sts) -> None:
    """A code that AWS rejects, as one that was used before, is named as the reason, and not sent again."""
    failed = "MultiFactorAuthentication failed with invalid MFA one time pass code."
    caller_identity.errors["Deploy"] = [(403, "AccessDenied", failed)]
    shown = enter_code(home, "123456", "env", "--profile", "with-device")
    assert f"STS rejected the MFA code of {DEVICE} for {DEPLOY} (profile 'with-device')" in shown
    assert "check mfa_serial, then run the command again with the next code of the device" in shown
    assert len(caller_identity.assumptions) == 1


def test_unusable_device(home: Home) -> None:
    """A device without a name is refused, as STS would."""
    home.config.write_text(_PROFILES.replace(DEVICE, ""))
    done = home.ssohelper("env", "--profile", "with-device")
    assert done.stderr.startswith(
        "ssohelper: profile 'with-device' has an empty mfa_serial (line 16 of the config file)"
    )


def test_denied(home: Home, caller_identity: Sts) -> None:
    """A denial names the profile with the keys; `why` has a text to send, and whom to."""
    caller_identity.errors["Deploy"] = [(403, "AccessDenied")] * 9
    done = home.ssohelper("credential-process", "--profile", "audit")
    assert (done.stdout, done.returncode) == ("", 1)
    denied = f"profile 'user' is not allowed to assume {DEPLOY} (profile 'deploy')"
    assert done.stderr.splitlines()[0] == f"ssohelper: {denied}"
    done = home.ssohelper("why", "deploy", "--json")
    found = json.loads(done.stdout)
    assert found["contact"] == "the owners of arn:aws:iam::999988887777:role/Deploy"
    assert found["text_to_send"] == [
        "I am not allowed to assume the role arn:aws:iam::999988887777:role/Deploy.",
        "I use the access keys of an IAM user.",
        "Please allow sts:AssumeRole on it in the policies of that user, and that user in its trust policy.",
    ]


def test_rejected_keys(home: Home, caller_identity: Sts) -> None:
    """Keys that STS does not know are named by their profile, with the command that replaces them."""
    del caller_identity.issued[USER]
    caller_identity.errors["Deploy"] = [(403, "InvalidClientTokenId")]
    done = home.ssohelper("credential-process", "--profile", "audit")
    rejected = f"STS rejected the credentials of profile 'user' for {DEPLOY} (profile 'deploy'): InvalidClientTokenId"
    assert done.stderr.splitlines() == [f"ssohelper: {rejected}", "hint: replace the access keys of profile 'user'"]
    assert len(caller_identity.assumptions) == 1


def set_sensitive(home: Home, glob: str, table: str = "defaults") -> None:
    """Make roles sensitive."""
    home.settings.parent.mkdir(parents=True, exist_ok=True)
    home.settings.write_text(f'[{table}]\nsensitive_roles = ["{glob}"]\n')


def unlock(home: Home, profile: str) -> None:
    """Unlock the sensitive roles of a profile."""
    terminal = home.terminal("unlock", profile, "--reason", "incident 4711")
    terminal.expect("is unlocked for 1h: incident 4711")
    terminal.wait()


def issued(home: Home) -> list[tuple[str | None, str]]:
    """The session and the role of each issue in the audit log."""
    log = json.loads(home.ssohelper("log", "--json").stdout)
    return [(each["session"], each["role_name"]) for each in log if each["event"] == "issue"]


def test_sensitive_role(home: Home, caller_identity: Sts) -> None:
    """A sensitive role is refused until it is unlocked by its profile, and is cached nowhere then."""
    set_sensitive(home, "*/Deploy")
    done = home.ssohelper("credential-process", "--profile", "audit")
    assert done.stderr.splitlines() == [
        f"ssohelper: {DEPLOY} is a sensitive role, and not unlocked",
        "hint: ssohelper unlock audit --for 1h",
    ]
    unlock(home, "audit")
    assert home.ssohelper("credential-process", "--profile", "audit").returncode == 0
    assert not (home.path / ".aws" / "cli" / "cache").exists()
    assert issued(home) == [(None, "Audit"), (None, "Deploy")]
    assert [each.role for each in caller_identity.assumptions] == ["Deploy", "Audit"]


@pytest.mark.parametrize(
    ("glob", "table"),
    [("payments-prod/*", "defaults"), ("*/Deploy", "sessions.acme"), ("999988887777/*", "sessions.acme")],
)
def test_found_sensitive(home: Home, glob: str, table: str) -> None:
    """A role is sensitive if any session says so; while no account's name is known, it may have any name."""
    set_sensitive(home, glob, table)
    done = home.ssohelper("credential-process", "--profile", "deploy")
    assert (done.stdout, "is a sensitive role" in done.stderr) == ("", True)


def test_sensitive_role_with_an_mfa_device(home: Home) -> None:
    """A command that uses it asks for the code; without one nothing is handed out, and nothing recorded."""
    set_sensitive(home, "*/Deploy")
    unlock(home, "with-device")
    done = home.ssohelper("credential-process", "--profile", "with-device")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        4,
        "hint: run the command on a terminal: it asks for the code",
    )
    assert issued(home) == []
    assert "AWS_ACCESS_KEY_ID" in enter_code(home, "123456", "env", "--profile", "with-device")
    assert issued(home) == [(None, "Deploy")]


def test_logout(home: Home) -> None:
    """`logout --all` deletes what was requested with access keys, and locks the roles."""
    home.ssohelper("credential-process", "--profile", "audit")
    done = home.ssohelper("logout", "--all")
    assert (done.returncode, done.stderr) == (
        0,
        "ssohelper: deleted the credentials of 2 roles assumed with access keys\n",
    )
    assert [*(home.path / ".aws" / "cli" / "cache").iterdir()] == []
    set_sensitive(home, "*/Deploy")
    unlock(home, "deploy")
    home.ssohelper("logout", "--all")
    assert "is a sensitive role" in home.ssohelper("env", "--profile", "deploy").stderr


def test_moved_keys(home: Home) -> None:
    """What keeps a job fresh finds the keys in either file; if a file cannot be read, it says so."""
    role = home.ssohelper("exec", "deploy", "--", "printenv", "SSOHELPER_EXEC_CHAIN").stdout.strip()
    (home.path / ".aws" / "credentials").unlink()
    before = home.config.read_text()
    home.config.write_text(f"{before}\n[profile user]\naws_access_key_id = {USER}\naws_secret_access_key = secret\n")
    (result,) = refresh(home, role)
    assert (result["problem"], result["roles"][0]["problem"]) == (None, None)
    home.ssohelper("logout", "--all")
    home.config.write_text(f"{before}broken line\n")
    (result,) = refresh(home, role)
    assert result["problem"].startswith("no AWS tool can use a profile: line ")


def test_prompt(home: Home) -> None:
    """The prompt shows what a rule says of the role, with the profile and inside its job."""
    home.settings.parent.mkdir(parents=True)
    home.settings.write_text('[[defaults.rules]]\nmatch = "*/Deploy"\nlabel = "PROD"\ncolor = "red"\n')
    template = "--format", "{text} {state} {color}"
    done = home.ssohelper("prompt", *template, AWS_PROFILE="deploy")
    assert done.stdout == "PROD deploy plain red\n"
    done = home.ssohelper("exec", "deploy", "--", "ssohelper", "prompt", *template)
    assert done.stdout == "PROD exec 999988887777/Deploy plain red\n"


def test_other_partition(home: Home) -> None:
    """The partition is that of the role if the profile has no region."""
    home.config.write_text(
        "[profile cn]\nrole_arn = arn:aws-cn:iam::999988887777:role/Deploy\nsource_profile = user\n"
    )
    done = home.ssohelper("exec", "cn", "--", "ssohelper", "env", AWS_DEFAULT_REGION="cn-north-1")
    assert "export AWS_REGION='cn-north-1'" in done.stdout


def test_no_sign_in(home: Home) -> None:
    """`login` says that a profile needs none; commands that need a session say that there is none."""
    done = home.ssohelper("login", "deploy")
    why = "it assumes a role with access keys (aws_access_key_id on line 2 of the credentials file)"
    assert done.stderr.splitlines() == [
        f"ssohelper: profile 'deploy' needs no sign-in: {why}",
        "hint: ssohelper whoami --profile deploy",
    ]
    for words in (("status",), ("roles",), ("sync",)):
        assert home.ssohelper(*words).stderr.splitlines() == [
            "ssohelper: no sso-session configured in ~/.aws/config",
            "hint: for IAM Identity Center, `ssohelper setup`; the roles in `ssohelper profiles` need no session",
        ]


def test_lists_and_checks(home: Home) -> None:
    """`profiles` lists the roles, and `doctor` goes through the chain from its keys."""
    listed = json.loads(home.ssohelper("profiles", "--json").stdout)
    assert [(each["profile"], each["session"], each["role_name"]) for each in listed] == [
        *(("audit", None, "Audit"), ("deploy", None, "Deploy"), ("user", None, None), ("with-device", None, "Deploy"))
    ]
    done = home.ssohelper("doctor", "deploy")
    assert done.stdout.splitlines()[:3] == [
        f"ok profile      deploy: {DEPLOY}, eu-west-1",
        f"ok chain        access keys of profile 'user' → {DEPLOY}",
        "ok credentials  valid for 1h",
    ]


def test_console(home: Home, identity_center: Simulator) -> None:
    """The console opens for as long as is asked for, and names no portal to go back to."""
    variables = identity_center.environment.items()
    home.environment.update({name: url for name, url in variables if name.endswith("SIGNIN")})
    done = home.ssohelper("console", "deploy", "--duration", "2h", "--json")
    assert done.returncode == 0, done.stderr
    link = json.loads(done.stdout)
    assert (link["how"], link["session"], "Issuer" in link["url"]) == ("federation", None, False)
