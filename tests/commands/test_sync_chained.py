"""`ssohelper sync` with profiles that assume another role: written, followed, renamed and removed with their base."""

import json

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home
from tests.fixtures.sts import Sts

SETTINGS = """\
[[sessions.acme.chained]]
match = "payments-*/ReadOnly"
role_arn = "arn:aws:iam::{account_id}:role/Deploy"
name = "{account_name}.Deploy"
external_id = "x-4711"
"""
PROD = """\
[profile payments-prod.Deploy]
source_profile = payments-prod.ReadOnly
role_arn = arn:aws:iam::333344445555:role/Deploy
external_id = x-4711
region = us-east-1
ssohelper_session = acme
ssohelper_source_account_id = 333344445555
ssohelper_source_role_name = ReadOnly
"""
MINE = """
[profile mine]
# mine
role_arn = arn:aws:iam::333344445555:role/Deploy
source_profile = payments-prod.ReadOnly
region = eu-west-3
"""
DEEPER = """
[profile deeper]
role_arn = arn:aws:iam::333344445555:role/Deeper
source_profile = payments-prod.Deploy
"""


@pytest.fixture
def configured(signed_in: Home, caller_identity: Sts) -> Home:
    """A home folder with a rule for chained profiles."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text(SETTINGS)
    signed_in.environment["AWS_ENDPOINT_URL_STS"] = caller_identity.url
    return signed_in


def sync(home: Home, *words: str) -> dict[str, str]:
    """Sync, and return what is done to each profile that is for a role in the payments accounts and changes."""
    done = home.ssohelper("sync", "--yes", "--json", *words)
    assert done.returncode == 0, done.stderr
    steps = json.loads(done.stdout)["steps"]
    return {
        each["profile"]: each["action"]
        for each in steps
        if each["account_id"] in ("333344445555", "444455556666") and each["action"] != "keep"
    }


def test_written(configured: Home, caller_identity: Sts) -> None:
    """A profile for each role that matches, with the profile of that role as its source; the AWS CLI uses it."""
    written = sync(configured)
    assert [name for name in sorted(written) if name.endswith(".Deploy")] == [
        "payments-prod.Deploy",
        "payments-staging.Deploy",
    ]
    assert PROD in configured.config.read_text()
    done = configured.run("aws", "sts", "get-caller-identity", "--profile", "payments-prod.Deploy")
    assert "arn:aws:sts::333344445555:assumed-role/Deploy/" in done.stdout, done.stderr
    assert caller_identity.assumptions[0].arguments["ExternalId"] == "x-4711"
    assert sync(configured) == {}


@pytest.mark.full
def test_rename(configured: Home) -> None:
    """If the base gets another name, the chained profile names that; a profile of the user's is mentioned."""
    sync(configured)
    with configured.config.open("a") as file:
        file.write("\n[profile own]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = payments-prod.ReadOnly\n")
    done = configured.ssohelper("sync", "--yes", "--rename", "--profile-name", "{role_name}-{account_id}")
    assert done.returncode == 0, done.stderr
    text = configured.config.read_text()
    assert PROD.replace("payments-prod.ReadOnly", "ReadOnly-333344445555") in text
    assert "own (line " in done.stdout
    assert "has source_profile = payments-prod.ReadOnly, which is renamed to ReadOnly-333344445555" in done.stdout
    assert "payments-prod.Deploy (line" not in done.stdout


@pytest.mark.full
def test_changed_rule(configured: Home) -> None:
    """A changed rule changes its profiles, also their names if asked; one that is gone removes them, and says so."""
    sync(configured)
    configured.settings.write_text(SETTINGS.replace("x-4711", "y-4712") + "region = 'eu-west-1'\n")
    assert sync(configured) == {"payments-prod.Deploy": "change", "payments-staging.Deploy": "change"}
    configured.settings.write_text(SETTINGS.replace("}.Deploy", "}.D"))
    assert sync(configured, "--rename") == {"payments-prod.Deploy": "rename", "payments-staging.Deploy": "rename"}
    with configured.config.open("a") as file:
        file.write(DEEPER.replace("payments-prod.Deploy", "payments-prod.D"))
    configured.settings.write_text("")
    done = configured.ssohelper("sync", "--yes")
    assert [line.partition("  ")[0] for line in done.stdout.splitlines() if line[0] == "-"] == [
        "- payments-prod.D",
        "- payments-staging.D",
    ]
    assert "is no longer configured in config.toml" in done.stdout
    assert "has source_profile = payments-prod.D, which is removed" in done.stdout


@pytest.mark.full
def test_withdrawn_role(configured: Home, identity_center: Simulator) -> None:
    """With the base, what assumes a role on top of it is removed; if the account cannot be listed, both stay."""
    sync(configured)
    identity_center.faults.add("ListAccountRoles", Fault.error(500), None, account_id="333344445555")
    assert configured.ssohelper("sync", "--yes").returncode == 5
    assert PROD in configured.config.read_text()
    identity_center.faults.clear()
    assert sync(configured, "--exclude", "payments-prod") == {}
    configured.settings.write_text(f'{SETTINGS}[defaults]\nexclude = ["payments-prod/ReadOnly"]\n')
    assert sync(configured) == {"payments-prod.Deploy": "remove", "payments-prod.ReadOnly": "remove"}


def test_adopt(configured: Home) -> None:
    """A profile of the user's that assumes the role is adopted under its own name, with its comment and region."""
    configured.settings.write_text("")
    sync(configured)
    configured.settings.write_text(SETTINGS)
    with configured.config.open("a") as file:
        file.write(MINE)
    done = configured.ssohelper("sync", "--yes", "--include", "payments-prod")
    assert "1 of these roles already has a profile: ssohelper sync --adopt uses it instead" in done.stderr
    assert sync(configured, "--adopt", "--include", "payments-prod") == {
        "mine": "adopt",
        "payments-prod.Deploy": "remove",
    }
    text = configured.config.read_text()
    added = "external_id = x-4711\nssohelper_session = acme\nssohelper_source_account_id = 333344445555\n"
    assert f"{MINE}{added}" in text
    assert sync(configured, "--include", "payments-prod") == {}


@pytest.mark.full
@pytest.mark.parametrize("account", ["333344445555", "payments-prod"])
def test_sensitive_target(configured: Home, account: str) -> None:
    """A sensitive role gets no chained profile: an SDK that assumes it would not have to unlock it."""
    with configured.settings.open("a") as file:
        file.write(f'[defaults]\nsensitive_roles = ["{account}/Deploy"]\n')
    done = configured.ssohelper("sync", "--dry-run")
    assert "1 chained profile is not written: SDKs would assume a sensitive role without an unlock" in done.stderr
    written = sync(configured)
    assert {name for name in written if name.endswith(".Deploy")} == {"payments-staging.Deploy"}


@pytest.mark.full
def test_other_role(configured: Home) -> None:
    """If config.toml names another role, the profile is changed, and keeps its name and the user's own keys."""
    sync(configured)
    text = configured.config.read_text()
    configured.config.write_text(text.replace(PROD, f"{PROD}cli_pager = cat\n"))
    configured.settings.write_text(SETTINGS.replace("role/Deploy", "role/ci/Ship"))
    done = configured.ssohelper("sync", "--yes")
    assert "~ payments-prod.Deploy" in done.stdout
    assert "0 to" not in done.stdout.splitlines()[-1]
    assert f"{PROD.replace('role/Deploy', 'role/ci/Ship')}cli_pager = cat\n" in configured.config.read_text()
    assert sync(configured) == {}


@pytest.mark.full
def test_region(configured: Home) -> None:
    """The region is that of the source profile, as configured; a region of [DEFAULT] is inherited by both."""
    configured.settings.write_text(f'{SETTINGS}[defaults]\nregion = "eu-central-1"\n')
    sync(configured)
    configured.settings.write_text(f'{SETTINGS}[defaults]\nregion = "eu-north-1"\n')
    assert sync(configured)["payments-prod.Deploy"] == "change"
    assert PROD.replace("us-east-1", "eu-north-1") in configured.config.read_text()
    session = configured.config.read_text().partition("[profile")[0]
    configured.config.write_text(f"[DEFAULT]\nregion = eu-west-3\n{session}")
    configured.settings.write_text(SETTINGS)
    sync(configured)
    assert PROD.replace("region = us-east-1\n", "") in configured.config.read_text()


@pytest.mark.full
def test_adopt_source(configured: Home) -> None:
    """A profile of the user's replaces the source profile that an earlier sync has added; the chained one follows."""
    with configured.config.open("a") as file:
        file.write("\n[profile base]\nsso_session = acme\nsso_account_id = 333344445555\nsso_role_name = ReadOnly\n")
    sync(configured, "--include", "payments-prod")
    assert sync(configured, "--adopt", "--include", "payments-prod") == {
        "base": "adopt",
        "payments-prod.ReadOnly": "remove",
        "payments-prod.Deploy": "change",
    }
    assert PROD.replace("payments-prod.ReadOnly", "base") in configured.config.read_text()


@pytest.mark.full
def test_doctor(configured: Home) -> None:
    """The doctor finds nothing in what was written, and takes every step."""
    sync(configured)
    done = configured.ssohelper("doctor", "payments-prod.Deploy")
    assert (done.returncode, done.stdout.splitlines()[-2]) == (0, "no problems found")
    assert "ok chain        ReadOnly in 333344445555 → Deploy in 333344445555" in done.stdout
