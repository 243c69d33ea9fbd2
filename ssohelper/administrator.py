"""Identity Center as an administrator sees it: who reads it, and what was read, now or a short time ago."""

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, NamedTuple

from ssohelper import durations, selecting
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import Context, SessionContext
from ssohelper.errors import BadInput, Failed
from ssohelper.roles import CredentialSource
from ssohelper.ui import terminal

if TYPE_CHECKING:
    from ssohelper.identity_center.administration import Administration
    from ssohelper.permission_sets.actions import Actions
    from ssohelper.permission_sets.collect import Scope
    from ssohelper.permission_sets.inventory import Instance, Inventory
    from ssohelper.permission_sets.kept_answers import Kept
    from ssohelper.permission_sets.services import Services

# What was read is used again for this time.
_MAX_AGE_SECONDS = 15 * 60
# For another process that reads the same: thousands of calls take minutes.
_WAIT_SECONDS = 3600
_HOW = 'use --as PROFILE, or set admin = "ACCOUNT/ROLE" in config.toml'


class Administrator(NamedTuple):
    """The role that reads, with its session; `profile` names it, or is empty."""

    session: SessionContext
    role: CredentialSource
    profile: str

    @property
    def is_sensitive(self) -> bool:
        """Whether each use of the role needs its unlock: then what it reads is not kept."""
        guard = self.session.guard
        return guard is not None and bool(guard.sensitive_in(self.role))

    @property
    def reader(self) -> str:
        """The role as a text by which it is told from others."""
        return self.role.text


def select(context: Context, session_name: str | None, as_profile: str | None) -> Administrator:
    """The role that `--as` names, else the settings of the session; on a terminal, else one that is chosen.

    Raises as `selecting.role` does.
    """
    if as_profile is not None:
        return _named(context, session_name, as_profile)
    session = selecting.session(context, session_name)
    if session.settings.admin is not None:
        return _named(context, session.session.name, session.settings.admin)
    if not terminal.interactive():
        raise BadInput(f"no role given that may read permission sets of {session.session.name}", hint=_HOW)
    terminal.say("choose a profile whose role may read permission sets (--as)")
    return _named(context, session.session.name, selecting.any_profile(context, session.session.name))


def inventory(
    administrator: Administrator, scope: "Scope", *, fresh: bool, actions: "Actions | None" = None
) -> "Inventory":
    """What is there; unless `fresh`, it may have been read within the last 15 minutes.

    On a terminal, the person may sign in first. Raises what credentials of the role and the first call raise.
    """
    found = None if fresh else _kept(administrator, scope, time.time() - _MAX_AGE_SECONDS)
    if found:
        terminal.say(
            f"permission sets were read {durations.ago(time.time() - found.read_at)}; --fresh reads them again"
        )
        return found
    return selecting.signed_in(administrator.session, lambda: _read(administrator, scope, actions, fresh=fresh))


def kept_inventory(administrator: Administrator, scope: "Scope") -> "Inventory":
    """What this role read within the last day. Raises `Failed` if there is nothing."""
    found = _kept(administrator, scope, 0)
    if found is None:
        raise Failed("no data that this role read within the last day covers this", hint="run it without --kept")
    terminal.say(f"permission sets were read {durations.ago(time.time() - found.read_at)}")
    return found


def _named(context: Context, session_name: str | None, name: str) -> Administrator:
    """The role of a profile, or else of `account/role`."""
    account, slash, role_name = name.rpartition("/")
    if slash and name not in context.aws_files.profiles:
        options = RoleOptions(session_name, account=account, role_name=role_name)
    else:
        options = RoleOptions(session_name, profile=name)
    found = selecting.role(options, context)
    return Administrator(context.of(found.role.session), found.role.role, found.profile or "")


def _kept(administrator: Administrator, scope: "Scope", not_before: float) -> "Inventory | None":
    """What this role finished reading, if it began then (Unix seconds) or later, and covers the scope."""
    from ssohelper.permission_sets import kept_answers

    kept = None if administrator.is_sensitive else kept_answers.load(administrator.session.session, time.time())
    if kept is None or kept.finished_at is None or kept.reading.reader != administrator.reader:
        return None
    if kept.reading.began_at < not_before or not kept.reading.scope.covers(scope):
        return None
    return _assembled(kept)


def _assembled(kept: "Kept") -> "Inventory | None":
    """The inventory; None if the file was damaged."""
    from ssohelper.permission_sets import assembly

    reading = kept.reading
    try:
        return assembly.assemble(reading.instance, reading.began_at, reading.scope, kept.answers, kept.failures)
    except (ValueError, TypeError, LookupError, AttributeError):
        return None


def _read(administrator: Administrator, scope: "Scope", actions: "Actions | None", *, fresh: bool) -> "Inventory":
    """Read everything now, or what another process has finished reading meanwhile."""
    from ssohelper.permission_sets import kept_answers
    from ssohelper.storage import locks

    session, now = administrator.session, time.time()
    not_before = now if fresh else now - _MAX_AGE_SECONDS
    lock, waiting = kept_answers.lock_name(session.session), terminal.waiting("reading permission sets")
    with locks.held_if_possible(lock, waiting=waiting, warn=terminal.warn, deadline=_WAIT_SECONDS):
        return _kept(administrator, scope, not_before) or _collected(administrator, scope, actions)


def _collected(administrator: Administrator, scope: "Scope", actions: "Actions | None") -> "Inventory":
    from ssohelper.permission_sets import asking, assembly, kept_answers
    from ssohelper.permission_sets.collect import Collection
    from ssohelper.permission_sets.kept_answers import Reading, Writer

    services = services_of(administrator)
    instance = services.instance
    reading = Reading(administrator.reader, instance, scope, time.time())
    session, sensitive = administrator.session.session, administrator.is_sensitive
    kept = None if sensitive else kept_answers.load(session, reading.began_at)
    resumed = kept if kept and kept.can_be_resumed(reading) and _assembled(kept) else None
    if resumed:
        reading = resumed.reading
        terminal.say(f"resuming what was begun {durations.ago(time.time() - reading.began_at)}")
    answers = resumed.answers if resumed else {}
    writing = kept_answers.writing(session, reading, resume=resumed is not None, already=len(answers))
    with (
        nullcontext(Writer(None)) if sensitive else writing as writer,
        terminal.progress("reading permission sets") as show,
    ):
        found, failures = asking.ask_all(services, Collection(scope, actions), answers, writer, show)
        writer.finish(failures, time.time())
    return assembly.assemble(instance, reading.began_at, scope, found, failures)


def services_of(administrator: Administrator) -> "Services":
    """The services that are asked, with the credentials of the role."""
    from ssohelper.credentials.held_credentials import HeldCredentials
    from ssohelper.identity_center import admin_service
    from ssohelper.identity_center.admin_service import AdminService, Service
    from ssohelper.identity_center.administration import Administration
    from ssohelper.identity_center.directory import Directory
    from ssohelper.identity_center.limiter import Limiter
    from ssohelper.identity_center.organization import Organization
    from ssohelper.identity_center.policies import Policies
    from ssohelper.permission_sets.services import Services

    session = administrator.session
    rate, region = session.settings.permission_sets.rate, session.session.region
    keys = HeldCredentials(lambda: session.credentials(administrator.role), time.time)
    clients = session.profile_clients(administrator.profile)

    def service(each: Service) -> AdminService:
        return AdminService(each, clients, keys, region, Limiter(max_rate=rate))

    administration = Administration(service(admin_service.IDENTITY_CENTER))
    instance = _instance(administrator, administration)
    return Services(
        instance,
        administration,
        Directory(service(admin_service.IDENTITY_STORE)),
        Organization(service(admin_service.ORGANIZATIONS)),
        Policies(service(admin_service.IAM), service(admin_service.ACCESS_ANALYZER)),
    )


def _instance(administrator: Administrator, administration: "Administration") -> "Instance":
    """The instance of the session's region. Raises `Failed`, with the right region if that can be found out."""
    from ssohelper.permission_sets.inventory import Instance

    session = administrator.session.session
    found = administration.instances()
    if found:
        return Instance(**found[0])
    regions = sorted({each["region"] for each in administration.instances(everywhere=True) if each["region"]})
    where = f"; it has one in {', '.join(regions)}" if regions else ""
    raise Failed(
        f"account {administrator.role.account_id} has no IAM Identity Center in {session.region}{where}",
        hint=f"check sso_region in [sso-session {session.name}]; the role has to be in the management account",
    )
