"""`ssohelper sync`: the first profiles, and every change after that."""

import json
import re
from collections.abc import Callable
from typing import Any

import pexpect
import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World
from tests.fixtures.home import Home, command, sign_in

TWO_ROLES = """\
[sso-session acme]
sso_start_url = {url}
sso_region = us-east-1
sso_registration_scopes = sso:account:access

[profile one.Admin]
sso_session = acme
sso_account_id = 111111111111
sso_role_name = Admin
region = us-east-1
ssohelper_session = acme

[profile two.Read]
sso_session = acme
sso_account_id = 222222222222
sso_role_name = Read
region = us-east-1
ssohelper_session = acme
"""


def small_world() -> World:
    """Two accounts with one role in each."""
    accounts = [Account("111111111111", "one"), Account("222222222222", "two")]
    pairs = frozenset({("111111111111", "Admin"), ("222222222222", "Read")})
    return World(accounts, [PermissionSet("Admin"), PermissionSet("Read")], [User("alex", pairs)])


def summary(home: Home, *words: str) -> dict[str, Any]:
    """The counts of `sync --json`, without zeros."""
    done = home.ssohelper("sync", "--yes", "--json", *words)
    assert done.returncode == 0, done.stderr
    counts: dict[str, Any] = json.loads(done.stdout)["summary"]
    return {action: count for action, count in counts.items() if count}


def test_first_sync(make_home: Callable[..., Home]) -> None:
    """The first sync writes exactly these profiles; the second does not write the file."""
    with Simulator(small_world(), auto_approve=True) as identity_center:
        home = make_home(**identity_center.environment)
        sign_in(home, identity_center)
        done = home.ssohelper("sync", "--yes")
        assert (done.stdout, done.stderr, done.returncode) == (
            ("+ one.Admin  111111111111\n+ two.Read   222222222222\n2 to add, 0 unchanged\n"),
            "ssohelper: wrote ~/.aws/config\n",
            0,
        )
        assert home.config.read_text() == TWO_ROLES.format(url=identity_center.start_url)
        assert home.config.stat().st_mode & 0o777 == 0o600
        before = home.config.stat()
        done = home.ssohelper("sync", "--yes")
        assert (done.stdout, done.stderr, done.returncode) == ("nothing to do, 2 unchanged\n", "", 0)
        after = home.config.stat()
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_previews_write_nothing(signed_in: Home) -> None:
    """Neither --dry-run nor --check changes a file; --check exits with 3 until there is nothing to do."""
    before = signed_in.tree()
    dry, check = signed_in.ssohelper("sync", "--dry-run"), signed_in.ssohelper("sync", "--check")
    assert dry.stdout == check.stdout
    assert (dry.returncode, check.returncode) == (0, 3)
    assert signed_in.tree() == before
    signed_in.ssohelper("sync", "--yes")
    assert signed_in.ssohelper("sync", "--check").returncode == 0


def test_json(signed_in: Home) -> None:
    """--json prints the plan, with the values of each key before and after."""
    done = signed_in.ssohelper("sync", "--dry-run", "--json", "--include", "*/Billing", "--include", "management")
    assert json.loads(done.stdout) == {
        "session": "acme",
        "written": False,
        "summary": {"add": 1, "adopt": 0, "change": 0, "rename": 0, "remove": 0, "keep": 0},
        "steps": [
            {
                "action": "add",
                "profile": "management.ReadOnly",
                "new_name": None,
                "account_id": "111122223333",
                "account_name": "management",
                "role_name": "ReadOnly",
                "reason": None,
                "origin": None,
                "changes": {
                    "sso_session": {"before": None, "after": "acme"},
                    "sso_account_id": {"before": None, "after": "111122223333"},
                    "sso_role_name": {"before": None, "after": "ReadOnly"},
                    "region": {"before": None, "after": "us-east-1"},
                    "ssohelper_session": {"before": None, "after": "acme"},
                },
            }
        ],
        "conflicts": [],
        "not_adopted": [],
        "broken_sources": [],
        "refused": [],
        "unlisted": [],
        "since_last_sync": None,
    }


@pytest.mark.full
def test_changes_of_assignments(signed_in: Home, identity_center: Simulator) -> None:
    """A removed role loses its profile, a new account gets one, and that of a renamed account keeps its name."""
    signed_in.ssohelper("sync", "--yes")
    world = identity_center.world
    world.withdraw("333344445555", "AdministratorAccess")
    world.add_account(Account("999900001111", "fraud"))
    world.assign("999900001111", "ReadOnly", "alex@example.com")
    world.rename_account("111122223333", "root")
    done = signed_in.ssohelper("sync", "--yes")
    assert done.stdout == (
        "+ fraud.ReadOnly                     999900001111\n"
        "- payments-prod.AdministratorAccess  AdministratorAccess in payments-prod (333344445555) is no longer"
        " assigned to you\n"
        "1 to add, 1 to remove, 15 unchanged\n"
    )
    done = signed_in.ssohelper("sync", "--yes", "--rename")
    assert done.stdout == "> management.ReadOnly -> root.ReadOnly\n1 to rename, 15 unchanged\n"


def test_broken_sources(signed_in: Home, identity_center: Simulator) -> None:
    """The plan names a profile whose source is removed, with its line; it is not changed."""
    signed_in.ssohelper("sync", "--yes")
    user = "\n[profile user]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = payments-prod.AdministratorAccess\n"
    with signed_in.config.open("a") as file:
        file.write(user)
    line = signed_in.config.read_text().count("\n")
    note = (
        f"! user (line {line} of the config file) has source_profile = payments-prod.AdministratorAccess,"
        " which is removed"
    )
    identity_center.world.withdraw("333344445555", "AdministratorAccess")
    done = signed_in.ssohelper("sync", "--dry-run", "--rename", "--profile-name", "{role_name}")
    assert note in done.stdout.splitlines()
    done = signed_in.ssohelper("sync", "--yes")
    assert done.stdout.splitlines()[1] == note
    assert signed_in.config.read_text().endswith(user)


def test_no_prune(signed_in: Home, identity_center: Simulator) -> None:
    """With --no-prune a profile is kept when its role is no longer assigned."""
    signed_in.ssohelper("sync", "--yes")
    before = signed_in.config.read_bytes()
    identity_center.world.withdraw("333344445555", "AdministratorAccess")
    assert summary(signed_in, "--no-prune") == {"keep": 16}
    assert signed_in.config.read_bytes() == before
    assert summary(signed_in) == {"keep": 15, "remove": 1}


@pytest.mark.full
def test_unlisted_accounts_stay(signed_in: Home, identity_center: Simulator) -> None:
    """If an account cannot be listed, its profiles are kept, the rest is synced, and the exit code is 5."""
    signed_in.ssohelper("sync", "--yes")
    before = signed_in.config.read_text()
    identity_center.world.withdraw("111122223333", "ReadOnly")
    identity_center.faults.add("ListAccountRoles", Fault.error(500), None, account_id="333344445555")
    done = signed_in.ssohelper("sync", "--yes")
    assert (done.stdout, re.sub(r"\d+s ago", "0s ago", done.stderr), done.returncode) == (
        (
            "- management.ReadOnly  ReadOnly in management (111122223333) is no longer assigned to you\n"
            "? payments-prod (333344445555) could not be listed (Identity Center returned HTTP 500);"
            " its profiles are kept\n"
            "1 to remove, 15 unchanged\n"
        ),
        (
            "ssohelper: since the last sync, 0s ago: 1 role no longer assigned (ReadOnly in management)\n"
            "ssohelper: wrote ~/.aws/config\nssohelper: 1 of 7 accounts could not be listed\nhint: try again later\n"
        ),
        5,
    )
    gone = re.compile(r"\n\[profile management\.ReadOnly\]\n(?:.+\n)+")
    assert signed_in.config.read_text() == gone.sub("", before)


@pytest.mark.full
def test_retries(signed_in: Home, identity_center: Simulator) -> None:
    """Throttled calls, dropped connections, truncated answers and temporary 500s lose no account."""
    faults = [Fault.error(429), Fault.error(429, retry_after=1), Fault.dropped(), Fault.truncated(), Fault.error(503)]
    for fault in faults:
        identity_center.faults.add("ListAccountRoles", fault)
        identity_center.faults.add("ListAccounts", fault)
    assert summary(signed_in) == {"add": 16}


@pytest.mark.full
def test_include_and_exclude(signed_in: Home) -> None:
    """--include and --exclude limit a run; all other profiles are kept."""
    assert summary(signed_in, "--include", "payments-*") == {"add": 4}
    assert summary(signed_in, "--include", "*/ReadOnly", "--exclude", "444455556666") == {"add": 6, "keep": 4}
    assert summary(signed_in, "--exclude", "*") == {"keep": 10}
    assert summary(signed_in) == {"add": 6, "keep": 10}


@pytest.mark.full
def test_names_with_include(signed_in: Home) -> None:
    """A profile gets the same name as in a run on all roles."""
    done = signed_in.ssohelper("sync", "--yes", "--include", "777788889999/ReadOnly")
    assert done.stdout.splitlines()[0].split()[:2] == ["+", "sandbox.ReadOnly-777788889999"]


@pytest.mark.full
def test_styles(signed_in: Home) -> None:
    """A change of style replaces the keys of one style by those of the other, and back."""
    signed_in.ssohelper("sync", "--yes", "--include", "management")
    first = signed_in.config.read_text()
    done = signed_in.ssohelper("sync", "--yes", "--include", "management", "--style", "credential-process")
    assert done.stdout.splitlines()[-1] == "1 to change, 0 unchanged"
    profile = signed_in.config.read_text().partition("[profile")[2]
    program = command("ssohelper")[0]
    assert profile.splitlines() == [
        " management.ReadOnly]",
        "region = us-east-1",
        "ssohelper_session = acme",
        (
            f"credential_process = {program}-credential-process --session acme"
            " --account-id 111122223333 --role-name ReadOnly"
        ),
        "ssohelper_account_id = 111122223333",
        "ssohelper_role_name = ReadOnly",
    ]
    signed_in.ssohelper("sync", "--yes", "--include", "management", "--style", "sso")
    again = signed_in.config.read_text()
    assert sorted(again.splitlines()) == sorted(first.splitlines())


@pytest.mark.full
def test_taken_names(signed_in: Home) -> None:
    """If a foreign profile in either file has the name, the role's profile gets another one."""
    own = "\n[profile management.ReadOnly]\nregion = eu-west-1\n"
    signed_in.config.write_text(signed_in.config.read_text() + own)
    (signed_in.config.parent / "credentials").write_text("[security-audit.ReadOnly]\naws_access_key_id = x\n")
    done = signed_in.ssohelper("sync", "--yes", "--include", "management", "--include", "security-audit")
    assert done.stdout == (
        "+ management.ReadOnly-111122223333      111122223333\n"
        "+ security-audit.ReadOnly-222233334444  222233334444\n"
        "! management.ReadOnly is taken (line 6 of the config file):"
        " ReadOnly in 111122223333 gets management.ReadOnly-111122223333\n"
        "! security-audit.ReadOnly is taken (in the credentials file):"
        " ReadOnly in 222233334444 gets security-audit.ReadOnly-222233334444\n"
        "2 to add, 0 unchanged\n"
    )
    assert own in signed_in.config.read_text()


@pytest.mark.full
def test_settings(signed_in: Home) -> None:
    """config.toml sets names, styles and exclusions; options override it."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text(
        "[sessions.acme]\n"
        'profile_name = "{session}-{account_id}-{role_name:lower}"\n'
        'region = "eu-west-1"\n'
        'include = ["management", "payments-prod"]\n'
        'exclude = ["*/ReadOnly"]\n'
        "[[sessions.acme.rules]]\n"
        'match = "payments-*/Admin*"\n'
        'name = "pay"\n'
        'output = "json"\n'
        'options = { cli_pager = "cat" }\n'
    )
    signed_in.ssohelper("sync", "--yes", "--region", "eu-north-1")
    assert signed_in.config.read_text().partition("\n[profile")[2] == (
        " pay]\nsso_session = acme\nsso_account_id = 333344445555\nsso_role_name = AdministratorAccess\n"
        "region = eu-north-1\noutput = json\ncli_pager = cat\nssohelper_session = acme\n"
    )


def test_aws_config_file(signed_in: Home) -> None:
    """AWS_CONFIG_FILE is used, also with `~` and a symlink."""
    real = signed_in.path / "dotfiles" / "aws"
    real.parent.mkdir()
    signed_in.config.rename(real)
    link = signed_in.path / "link"
    link.symlink_to(real)
    done = signed_in.ssohelper("sync", "--yes", "--include", "management", AWS_CONFIG_FILE="~/link")
    assert (done.stderr, done.returncode) == ("ssohelper: wrote ~/link\n", 0)
    assert link.is_symlink()
    assert "[profile management.ReadOnly]" in real.read_text()


@pytest.mark.full
def test_backups(signed_in: Home, identity_center: Simulator) -> None:
    """The last five versions of the file are kept as backups."""
    versions = []
    for number in range(7):
        identity_center.world.rename_account("111122223333", f"name-{number}")
        versions.append(signed_in.config.read_bytes())
        signed_in.ssohelper("sync", "--yes", "--rename", "--include", "111122223333")
    kept = sorted((signed_in.state / "backups").glob("*/*"))
    assert [each.read_bytes() for each in kept] == versions[-5:]
    assert {each.stat().st_mode & 0o777 for each in kept} == {0o600}


@pytest.mark.full
def test_confirmation(signed_in: Home) -> None:
    """On a terminal it asks once: yes writes, anything else cancels with exit code 130."""
    before = signed_in.config.read_bytes()
    for answer, code in (("n", 130), ("", 130), ("y", 0)):
        assert signed_in.config.read_bytes() == before
        asked = signed_in.terminal("sync", "--include", "management")
        asked.expect_exact("write this to ~/.aws/config? [y/N] ")
        asked.sendline(answer)
        asked.expect(pexpect.EOF)
        asked.close()
        assert asked.exitstatus == code
    assert signed_in.config.read_bytes() != before


def test_globs_and_removed_accounts(signed_in: Home, identity_center: Simulator) -> None:
    """The name of an account that is no longer listed is unknown: a run with globs keeps its profiles."""
    signed_in.ssohelper("sync", "--yes")
    for role in ("AdministratorAccess", "ReadOnly"):
        identity_center.world.withdraw("333344445555", role)
    assert summary(signed_in, "--exclude", "payments-*") == {"keep": 16}
    assert summary(signed_in, "--include", "payments-*") == {"keep": 16}
    assert summary(signed_in) == {"keep": 14, "remove": 2}


@pytest.mark.full
def test_denied_account(signed_in: Home, identity_center: Simulator) -> None:
    """An account to which access is denied will not be listed later, either: the hint says how to leave it out."""
    account = "333344445555"
    identity_center.faults.add("ListAccountRoles", Fault.error(403), None, account_id=account)
    done = signed_in.ssohelper("sync", "--yes")
    assert (done.returncode, done.stderr.splitlines()[-2:]) == (
        1,
        [
            "ssohelper: Identity Center lists 1 account, and denies access to the roles there",
            f'hint: to leave them out, in config.toml: exclude = ["{account}"]',
        ],
    )
    assert signed_in.ssohelper("roles").returncode == 1
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text(f'[defaults]\nexclude = ["{account}"]\n')
    done = signed_in.ssohelper("sync", "--yes")
    assert (done.returncode, done.stderr) == (0, "")


def test_no_rename_with_unlisted_accounts(signed_in: Home, identity_center: Simulator) -> None:
    """While an account cannot be listed, no profile is renamed: a role of that account may need the name."""
    signed_in.ssohelper("sync", "--yes")
    before = signed_in.config.read_bytes()
    identity_center.faults.add("ListAccountRoles", Fault.error(404), None, account_id="777788889999")
    done = signed_in.ssohelper("sync", "--yes", "--rename")
    assert (done.stdout.splitlines()[-1], done.returncode) == ("nothing to do, 16 unchanged", 5)
    assert signed_in.config.read_bytes() == before


@pytest.mark.full
def test_json_on_a_terminal(signed_in: Home) -> None:
    """With --json the plan is shown on stderr before it is confirmed."""
    asked = signed_in.terminal("sync", "--json", "--include", "management")
    asked.expect("management.ReadOnly .*111122223333")
    asked.expect_exact("write this to ~/.aws/config? [y/N] ")
    asked.sendline("y")
    asked.expect_exact('"written": true')
    asked.expect(pexpect.EOF)


@pytest.mark.full
def test_interrupted(signed_in: Home, identity_center: Simulator) -> None:
    """Ctrl-C ends discovery at once, even if the service throttles every call."""
    identity_center.faults.add("ListAccountRoles", Fault.error(429, retry_after=3600), None)
    before = signed_in.config.read_bytes()
    listing = signed_in.terminal("sync", "--yes")
    while not identity_center.counters.throttled:
        assert listing.isalive()
    listing.sendintr()
    listing.expect_exact("ssohelper: cancelled")
    listing.expect(pexpect.EOF, timeout=20)
    listing.close()
    assert listing.exitstatus == 130
    assert signed_in.config.read_bytes() == before


def test_excluded_by_settings(signed_in: Home) -> None:
    """A profile that is removed because of the settings has that as its reason."""
    signed_in.ssohelper("sync", "--yes", "--include", "management")
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text('[defaults]\nexclude = ["*"]\n')
    done = signed_in.ssohelper("sync", "--yes")
    assert done.stdout == (
        "- management.ReadOnly  ReadOnly in management (111122223333) is excluded by config.toml\n"
        "1 to remove, 0 unchanged\n"
    )
    assert signed_in.config.read_text().count("[") == 1


def test_unmatched_glob(signed_in: Home) -> None:
    """A glob that matches no role causes a warning."""
    done = signed_in.ssohelper("sync", "--yes", "--include", "paymnets-*")
    assert done.stderr == "ssohelper: --include 'paymnets-*' matches none of your 16 roles\n"


def test_role_instead_of_account(signed_in: Home) -> None:
    """A glob without `/` is for accounts: one that matches role names instead causes a warning."""
    done = signed_in.ssohelper("sync", "--yes", "--exclude", "ReadOnly")
    assert done.stderr.splitlines()[0] == (
        "ssohelper: --exclude 'ReadOnly' matches none of your 16 roles; for roles use '*/ReadOnly'"
    )
    signed_in.settings.parent.mkdir(parents=True)
    globs = '["Admin*", "Admin*", "*/Nobody", "elsewhere", "management"]'
    signed_in.settings.write_text(f"[defaults]\nsensitive_roles = {globs}\n")
    done = signed_in.ssohelper("sync", "--dry-run")
    assert done.stderr.splitlines() == [
        "ssohelper: sensitive_roles = 'Admin*' in config.toml matches no account; for roles use '*/Admin*'"
    ]


def test_invalid_region_in_settings(signed_in: Home) -> None:
    """A region in config.toml that AWS does not have is refused."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text('[defaults]\nregion = "eu-centrall-1"\n')
    done = signed_in.ssohelper("sync", "--yes")
    assert (done.stderr.splitlines(), done.returncode) == (
        [
            "ssohelper: not a valid AWS region: 'eu-centrall-1'; did you mean eu-central-1?",
            "hint: check region in config.toml",
        ],
        2,
    )


def test_changes_since_last_sync(synced: Home, identity_center: Simulator) -> None:
    """One line says which roles were added and which are no longer assigned; a preview does not forget them."""
    identity_center.world.withdraw("111122223333", "ReadOnly")
    said = "ssohelper: since the last sync, 0s ago: 1 role no longer assigned (ReadOnly in management)\n"
    done = synced.ssohelper("sync", "--dry-run", "--json")
    facts = json.loads(done.stdout)["since_last_sync"]
    gone = {"account_id": "111122223333", "account_name": "management", "role_name": "ReadOnly"}
    assert (re.sub(r"\ds ago", "0s ago", done.stderr), facts["assigned"], facts["no_longer_assigned"]) == (
        *(said, []),
        [gone],
    )
    done = synced.ssohelper("sync", "--yes")
    assert re.sub(r"\ds ago", "0s ago", done.stderr) == f"{said}ssohelper: wrote ~/.aws/config\n"
    done = synced.ssohelper("sync", "--yes", "--json")
    assert (done.stderr, json.loads(done.stdout)["since_last_sync"]["no_longer_assigned"]) == ("", [])


@pytest.mark.full
@pytest.mark.parametrize(("columns", "verbose"), [("80", False), ("40", False), ("80", True)])
def test_long_plan(home: Home, columns: str, verbose: bool) -> None:
    """On a terminal, a plan for 60 accounts is a summary, and every profile is listed for `?` or with --verbose."""
    accounts = [Account(f"{number:012}", f"team-{number}") for number in range(1, 61)]
    sets = [PermissionSet(name) for name in ("Admin", "Developer", "ReadOnly")]
    user = User("alex", frozenset((each.id, one.name) for each in accounts for one in sets))
    with Simulator(World(accounts, sets, [user]), rate=None, auto_approve=True) as center:
        home.environment.update(center.environment, COLUMNS=columns, NO_COLOR="1")
        sign_in(home, center)
        asked = home.terminal("sync", *(["--verbose"] if verbose else []))
        asked.expect_exact("180 to add, 0 unchanged")
        shown = asked.before or ""
        assert ("+ team-60.ReadOnly" in shown, "and 177 more" in " ".join(shown.split())) == (verbose, not verbose)
        what = "this to ~/.aws/config? [y/N] " if verbose else "these profiles to ~/.aws/config? [y/N/?] "
        asked.expect_exact(f"write {what}")
        if not verbose:
            asked.sendline("?")
            asked.expect_exact("+ team-60.ReadOnly")
            asked.expect_exact(f"write {what}")
        asked.sendline("y")
        asked.expect_exact("ssohelper: wrote ~/.aws/config")
        asked.expect(pexpect.EOF)
        lines = [line for line in shown.splitlines() if "listing accounts" not in line and "http" not in line]
        assert [line for line in lines if len(line.rstrip()) > int(columns)] == []


@pytest.fixture
def two_sessions(signed_in: Home) -> Home:
    """Two sessions of the same Identity Center; only `acme` is signed in."""
    text = signed_in.config.read_text()
    signed_in.config.write_text(text + text.replace("acme", "beta"))
    return signed_in


@pytest.mark.first_is_quick
@pytest.mark.parametrize("more", [{}, {"SSOHELPER_SESSION": "acme"}])
def test_all_sessions(two_sessions: Home, more: dict[str, str]) -> None:
    """With --all every session is synced; an error of one does not keep the others from it."""
    done = two_sessions.ssohelper("sync", "--all", "--yes", "--include", "management", **more)
    assert (done.stdout, done.stderr, done.returncode) == (
        "[sso-session acme]\n+ management.ReadOnly  111122223333\n1 to add, 0 unchanged\n[sso-session beta]\n",
        ("ssohelper: wrote ~/.aws/config\nssohelper: not signed in to beta\nhint: ssohelper login --session beta\n"),
        4,
    )
    assert two_sessions.ssohelper("login", "--all", **more).returncode == 0
    done = two_sessions.ssohelper("sync", "--all", "--yes", "--json", **more)
    facts = json.loads(done.stdout)
    assert [(each["session"], each["summary"]["add"]) for each in facts] == [("acme", 15), ("beta", 16)]
    assert two_sessions.ssohelper("sync", "--all", "--check", **more).returncode == 0


def test_all_and_session(two_sessions: Home) -> None:
    """--all and --session contradict each other."""
    done = two_sessions.ssohelper("sync", "--all", "--session", "acme")
    assert (done.stderr, done.returncode) == (
        "ssohelper: --all and --session cannot be combined\nhint: ssohelper sync --all\n",
        2,
    )
