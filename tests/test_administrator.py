"""Who reads Identity Center as an administrator, and when what was read before is used again."""

import itertools
import os
import re
import subprocess
import time
from functools import partial
from typing import NamedTuple

import pytest

from ssohelper import administrator, options
from ssohelper.administrator import Administrator
from ssohelper.errors import AccessDenied, Failed, Locked
from ssohelper.permission_sets import kept_answers
from ssohelper.permission_sets.collect import Scope
from ssohelper.permission_sets.inventory import Instance, Inventory
from ssohelper.permission_sets.kept_answers import Reading
from ssohelper.permission_sets.questions import Question
from ssohelper.simulator import administered, identifiers
from ssohelper.simulator.administered import MANAGEMENT, READER
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.storage import locks
from tests.fixtures.admin_services import raised, response
from tests.fixtures.home import HANG_SECONDS, Home, command, sign_in

ROLE, OTHER = f"acme {MANAGEMENT} {READER}", f"acme {MANAGEMENT} Other"
INSTANCE = Instance(
    identifiers.instance_arn(MANAGEMENT), identifiers.identity_store_id(MANAGEMENT), MANAGEMENT, "us-east-1"
)
INSTANCES, SETS = "sso-admin:ListInstances", "sso-admin:ListPermissionSets"
PROFILE = f"""
[profile {{name}}]
sso_session = acme
sso_account_id = {MANAGEMENT}
sso_role_name = {{role}}
region = eu-west-1
"""
MINUTE, HOUR, DAY = 60, 3600, 86400
QUICK, MEMBERS, VALIDATE = Scope(quick=True), Scope(members=True), Scope(validate=True)


@pytest.fixture
def here(administrator: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The home folder of the administrator, which is that of this process, too."""
    for name in {*os.environ} - {*administrator.environment}:
        monkeypatch.delenv(name)
    for name, value in administrator.environment.items():
        monkeypatch.setenv(name, value)
    return administrator


@pytest.fixture
def reader(here: Home) -> Administrator:
    """The role that config.toml names."""
    return administrator.select(options.context(), None, None)


@pytest.fixture
def small(well_run: Simulator) -> Simulator:
    """Only two permission sets of the company, so that it takes fewer calls to read."""
    for each in well_run.world.permission_sets:
        if each.name not in ("Developer", READER):
            well_run.world.delete_permission_set(each.name)
    return well_run


def add_profile(home: Home, name: str, role: str = READER) -> None:
    """Add a profile for a role in the management account to the AWS config file."""
    with home.config.open("a") as file:
        file.write(PROFILE.format(name=name, role=role))


def selected(session: str | None = None, as_profile: str | None = None) -> tuple[str, str, str]:
    """The session, the role and the profile that are selected."""
    found = administrator.select(options.context(), session, as_profile)
    return found.session.session.name, found.reader, found.profile


@pytest.mark.parametrize(
    ("as_profile", "expected"),
    [
        (f"management/{READER}", ("acme", ROLE, "")),
        (f"{MANAGEMENT}/Other", ("acme", OTHER, "")),
        ("reader", ("acme", ROLE, "reader")),
        ("with/slash", ("acme", OTHER, "with/slash")),
        (None, ("acme", f"acme {administered.PAYMENTS} {READER}", "")),
    ],
)
def test_selected(here: Home, as_profile: str | None, expected: tuple[str, str, str]) -> None:
    """A profile, or else an account and a role; it comes before what config.toml names."""
    add_profile(here, "reader")
    add_profile(here, "with/slash", "Other")
    here.settings.write_text(f'[sessions.acme]\nadmin = "payments-prod/{READER}"\n')
    assert (selected(None, as_profile), selected("acme", as_profile)) == (expected, expected)


def test_profile_in_settings(here: Home) -> None:
    """config.toml may name a profile."""
    add_profile(here, "reader")
    here.settings.write_text('[sessions.acme]\nadmin = "reader"\n')
    assert selected() == ("acme", ROLE, "reader")


def test_session(here: Home, well_run: Simulator) -> None:
    """Of several sessions, one is named; each has its own role in config.toml, and a profile knows its session."""
    sign_in(here, well_run, "beta")
    add_profile(here, "reader")
    assert selected("acme") == ("acme", ROLE, "")
    assert selected(None, "reader") == ("acme", ROLE, "reader")
    assert selected("beta", f"management/{READER}") == ("beta", f"beta {MANAGEMENT} {READER}", "")
    cases: list[tuple[str | None, str | None]] = [(None, None), ("beta", None), ("beta", "reader")]
    assert [str(raised(partial(selected, *each))) for each in cases] == [
        "several sso-sessions are configured: acme, beta",
        "no role given that may read permission sets of beta",
        "profile 'reader' is for session acme, not beta",
    ]


@pytest.mark.parametrize(
    ("as_profile", "message", "hint"),
    [
        (
            None,
            "no role given that may read permission sets of acme",
            'use --as PROFILE, or set admin = "ACCOUNT/ROLE" in config.toml',
        ),
        (
            "raeder",
            f"profile 'raeder' not found in ~/.aws/config; did you mean reader ({READER} in {MANAGEMENT})?",
            None,
        ),
        ("managment/Reader", "account 'managment' not found; did you mean management?", None),
    ],
)
def test_not_selected(here: Home, as_profile: str | None, message: str, hint: str | None) -> None:
    """Without a role, and for an unknown profile or account, it says what is missing; none is guessed."""
    add_profile(here, "reader")
    here.settings.unlink()
    error = raised(lambda: selected(None, as_profile))
    assert (str(error), error.exit_code, hint in (None, error.hint)) == (message, 2, True)


def test_sensitive_role(here: Home) -> None:
    """A sensitive role has to be unlocked before it reads."""
    here.settings.write_text(f'[sessions.acme]\nadmin = "management/{READER}"\nsensitive_roles = ["*/{READER}"]\n')
    reader = administrator.select(options.context(), None, None)
    error = raised(lambda: administrator.inventory(reader, Scope(), fresh=False))
    assert (type(error), str(error)) == (Locked, f"{READER} in {MANAGEMENT} is a sensitive role, and not unlocked")


def test_on_a_terminal(administrator: Home, small: Simulator) -> None:
    """On a terminal, a profile is chosen, and the person may sign in first."""
    add_profile(administrator, "reader")
    add_profile(administrator, "other", "Other")
    administrator.settings.unlink()
    administrator.environment["TERM"] = "dumb"
    assert administrator.ssohelper("logout").returncode == 0
    dialogue = administrator.terminal("permission-sets", "list", "--quick")
    dialogue.expect_exact("ssohelper: choose a profile whose role may read permission sets (--as)\r\n")
    dialogue.expect("  (other|reader)\r\n")
    dialogue.expect_exact("profile: ")
    dialogue.sendline("reader")
    dialogue.expect_exact("not signed in to acme: sign in now? [Y/n] ")
    dialogue.sendline("y")
    dialogue.expect(f"Developer .*\r\n{READER} ")
    dialogue.wait()
    assert dialogue.exitstatus == 0


def names(found: Inventory) -> list[str | None]:
    """The names of the permission sets of an inventory."""
    return [each.name for each in found.permission_sets]


def test_read_and_kept(reader: Administrator, small: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    """What is read is used again, with a note of its age, unless it has to be fresh."""
    began = time.time()
    found = administrator.inventory(reader, Scope(), fresh=False)
    read = INSTANCE._replace(attributes=())
    assert (names(found), found.instance, found.unread) == (["Developer", READER], read, ())
    assert (began <= found.read_at <= time.time(), "were read" in capsys.readouterr().err) == (True, False)
    small.counters.reset()
    small.world.delete_permission_set("Developer")
    again = administrator.inventory(reader, Scope(quick=True), fresh=False)
    assert (again, administrator.kept_inventory(reader, Scope())) == (found, found)
    assert small.counters.calls.total() == 0
    notes = re.sub(r"\b\d+s ago", "seconds ago", capsys.readouterr().err)
    assert notes == (
        "ssohelper: permission sets were read seconds ago; --fresh reads them again\n"
        "ssohelper: permission sets were read seconds ago\n"
    )
    assert names(administrator.inventory(reader, Scope(), fresh=True)) == [READER]


class Earlier(NamedTuple):
    """A reading that began `age` seconds ago, and found no permission set; it may have been `damaged` since."""

    age: float
    scope: Scope = Scope()
    role: str = ROLE
    finished: bool = True
    damaged: bool = False

    def keep(self) -> None:
        """Keep what was read."""
        session = options.context().select_session("acme").session
        reading = Reading(self.role, INSTANCE, self.scope, time.time() - self.age)
        with kept_answers.writing(session, reading, resume=False) as writer:
            writer.answer(Question("permission-sets"), 5 if self.damaged else [])
            if self.finished:
                writer.finish({}, reading.began_at + 1)


def reads(reader: Administrator, service: Simulator, scope: Scope, *, fresh: bool = False) -> bool:
    """Whether the inventory is read, instead of what was kept, which has no permission set; nothing can be read."""
    service.faults.add(INSTANCES, Fault.denied(), None)
    try:
        found = administrator.inventory(reader, scope, fresh=fresh)
    except AccessDenied:
        return True
    assert (found.permission_sets, found.instance) == ((), INSTANCE)
    return False


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("kept", "wanted", "expected"),
    [
        *itertools.product([Scope()], [Scope(), QUICK], [False]),
        *itertools.product([Scope()], [MEMBERS, VALIDATE], [True]),
        (QUICK, QUICK, False),
        (QUICK, Scope(), True),
        (MEMBERS._replace(validate=True), MEMBERS, False),
        (MEMBERS, VALIDATE, True),
    ],
)
def test_kept_scope(reader: Administrator, well_run: Simulator, kept: Scope, wanted: Scope, expected: bool) -> None:
    """What was read is used if it has everything that is wanted."""
    Earlier(MINUTE, kept).keep()
    assert reads(reader, well_run, wanted) is expected


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (Earlier(14.9 * MINUTE), False),
        (Earlier(15.1 * MINUTE), True),
        (Earlier(-MINUTE), True),  # the clock was set back
        (Earlier(MINUTE, role=OTHER), True),
        (Earlier(MINUTE, finished=False), True),
        (Earlier(MINUTE, damaged=True), True),
    ],
    ids=["recent", "old", "future", "another role", "interrupted", "damaged"],
)
def test_kept_for_15_minutes(reader: Administrator, well_run: Simulator, earlier: Earlier, expected: bool) -> None:
    """What the same role has finished reading is used for 15 minutes, unless it has to be fresh."""
    earlier.keep()
    assert reads(reader, well_run, Scope()) is expected
    assert reads(reader, well_run, Scope(), fresh=True)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("earlier", "is_there"),
    [
        (Earlier(DAY - MINUTE), True),
        (Earlier(DAY + 1), False),
        (Earlier(MINUTE, QUICK), False),
        (Earlier(MINUTE, role=OTHER), False),
        (Earlier(MINUTE, finished=False), False),
        (Earlier(MINUTE, damaged=True), False),
    ],
    ids=["within a day", "old", "less", "another role", "interrupted", "damaged"],
)
def test_kept_inventory(reader: Administrator, well_run: Simulator, earlier: Earlier, is_there: bool) -> None:
    """For a second look at it, what was read is kept for a day; nothing is asked."""
    earlier.keep()
    well_run.counters.reset()
    if is_there:
        assert administrator.kept_inventory(reader, Scope()).permission_sets == ()
    else:
        error = raised(lambda: administrator.kept_inventory(reader, Scope()))
        assert (type(error), str(error), error.hint) == (
            Failed,
            "no data that this role read within the last day covers this",
            "run it without --kept",
        )
    assert well_run.counters.calls.total() == 0


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("earlier", "resumed"),
    [
        (Earlier(HOUR - MINUTE, finished=False), True),
        (Earlier(HOUR + MINUTE, finished=False), False),
        (Earlier(MINUTE, QUICK, finished=False), False),
        (Earlier(MINUTE, role=OTHER, finished=False), False),
        (Earlier(MINUTE), False),
        (Earlier(MINUTE, finished=False, damaged=True), False),
    ],
    ids=["within an hour", "old", "another scope", "another role", "finished", "damaged"],
)
def test_resumed(
    reader: Administrator, small: Simulator, capsys: pytest.CaptureFixture[str], earlier: Earlier, resumed: bool
) -> None:
    """A reading that was interrupted goes on for an hour, if it is the same: what was answered is not asked again."""
    earlier.keep()
    before = time.time()
    found = administrator.inventory(reader, Scope(), fresh=True)
    assert (names(found), "resuming what was begun" in capsys.readouterr().err) == (
        [] if resumed else ["Developer", READER],
        resumed,
    )
    assert (found.read_at < before) is resumed
    assert administrator.kept_inventory(reader, Scope()) == found


def test_another_region(here: Home, well_run: Simulator) -> None:
    """A session with the wrong region is told the right one, if AWS knows that."""
    here.config.write_text(here.config.read_text().replace("sso_region = us-east-1", "sso_region = eu-west-1"))
    reader = administrator.select(options.context(), None, f"{MANAGEMENT}/{READER}")
    errors = [raised(lambda: administrator.services_of(reader))]
    well_run.faults.add(INSTANCES, response({"Instances": []}), 2)
    errors.append(raised(lambda: administrator.services_of(reader)))
    message = f"account {MANAGEMENT} has no IAM Identity Center in eu-west-1"
    hint = "check sso_region in [sso-session acme]; the role has to be in the management account"
    assert [(type(each), str(each), each.hint) for each in errors] == [
        (Failed, f"{message}; it has one in us-east-1", hint),
        (Failed, message, hint),
    ]


def test_services(here: Home) -> None:
    """The session's region is asked, whatever that of the profile, each service at the rate of the settings."""
    here.settings.write_text(here.settings.read_text().replace("rate = 1000", "rate = 7"))
    add_profile(here, "reader")
    found = administrator.services_of(administrator.select(options.context(), None, "reader"))
    services = (
        found.administration.service,
        found.directory.service,
        found.organization.service,
        found.policies.iam,
        found.policies.access_analyzer,
    )
    assert found.instance == INSTANCE
    assert [each.service.client for each in services] == [
        *("sso-admin", "identitystore", "organizations", "iam", "accessanalyzer"),
    ]
    assert ({each.limiter.rate for each in services}, len({each.limiter for each in services})) == ({7}, 5)


@pytest.mark.full
def test_two_processes(here: Home, small: Simulator) -> None:
    """Of two processes that want to read at the same time, one reads, and both show what it has read."""
    small.counters.reset()
    session = options.context().select_session("acme").session
    with locks.held(kept_answers.lock_name(session), waiting=lambda _: None):
        processes = [
            subprocess.Popen(
                command("ssohelper", "permission-sets", "list", "--fresh"),
                env=here.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        # Before, one may have waited until the other had listed the names of the accounts.
        waiting = [
            next(line for line in each.stderr if "account names" not in line) for each in processes if each.stderr
        ]
    assert waiting == [f"ssohelper: waiting for process {os.getpid()} (reading permission sets)\n"] * 2
    printed = [each.communicate(timeout=HANG_SECONDS) for each in processes]
    (output, _), _ = printed
    assert ([line.split()[0] for line in output.splitlines()[1:]], printed) == (
        ["Developer", READER],
        [(output, "")] * 2,
    )
    assert small.counters.calls[SETS] == 1


def test_kept_before_the_role_became_sensitive(administrator: Home) -> None:
    """What a sensitive role has read is not used without its unlock."""
    assert administrator.ssohelper("permission-sets", "list").returncode == 0
    settings = administrator.settings.read_text()
    administrator.settings.write_text(f'{settings}sensitive_roles = ["*/{READER}"]\n')
    done = administrator.ssohelper("permission-sets", "list")
    assert (done.stdout, done.returncode) == ("", 1)
