"""What commands need to know and use, each read or made once, on demand.

`Context` is what all sessions share in one process: the AWS config, the settings, the keyring. `SessionContext` is
everything of one sso-session. Neither prints: warnings and waits go to the callables that they are given.
"""

import math
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ssohelper import deadline
from ssohelper.aws_config import config_file, credential_source, resolve, selection
from ssohelper.aws_config.config_text import ConfigText
from ssohelper.aws_config.merged import AwsFiles, Merged
from ssohelper.aws_config.resolve import ProfileRole
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.credentials import prepared
from ssohelper.errors import Failed, SignInRequired, Unavailable
from ssohelper.model import Session, Token
from ssohelper.roles import AccessKeys, AccessKeysRef, Account, AssumedRole, CredentialSource, Role, RoleCredentials
from ssohelper.storage import folders, paths

if TYPE_CHECKING:
    from ssohelper.credentials.provider import CredentialCache, CredentialProvider, SourceCredentials
    from ssohelper.credentials.sensitive import Guard
    from ssohelper.identity_center.iam import Iam
    from ssohelper.identity_center.limiter import Limiter
    from ssohelper.identity_center.network import Network
    from ssohelper.identity_center.oidc import Oidc
    from ssohelper.identity_center.portal import Portal
    from ssohelper.identity_center.profile_clients import ProfileClients
    from ssohelper.identity_center.sts import Sts
    from ssohelper.settings.config_toml import ConfigToml
    from ssohelper.settings.model import Rule, Settings
    from ssohelper.sign_in.access_tokens import AccessTokens
    from ssohelper.sign_in.runtime import Runtime
    from ssohelper.sign_in.status import SignInStatus
    from ssohelper.sign_in.token_cache import SecretStore

Warn = Callable[[str], None]
# Takes what a lock is for; what it returns is called with the process that holds the lock.
Waiting = Callable[[str], Callable[[str], None]]

# A little less than the credential provider's deadline, so that the error is the reason and not the deadline.
RETRY_SECONDS = 15
# Named, not imported: the layer of processes is above this one.
_REFRESH_COMMAND = (sys.executable, "-P", "-m", "ssohelper.processes.token_refresh")
# Long enough for every retry of a refresh, and for waiting until another process has finished its own.
_REFRESH_SECONDS = 120


class Context:
    """What is read once in a process, for all sessions."""

    def __init__(
        self, *, warn: Warn, waiting: Waiting, environment: Mapping[str, str] = os.environ, attended: bool = False
    ) -> None:
        """`attended`: a person is there, who can unlock the keyring."""
        self.versions = prepared.versions()  # before the files are read
        self._warned = set[str]()
        self._warn = warn
        self.waiting = waiting
        self.environment = environment
        self.attended = attended
        self._sessions: dict[str, SessionContext] = {}
        self._limiters: dict[tuple[str, str, bool], Limiter] = {}
        self._named_profile: str | None = None
        problem = folders.state_problem()
        if problem:
            self.warn(f"ignoring {paths.shown(Path(folders.folder()))}: {problem}")

    def warn(self, message: str) -> None:
        """Warn of something, once."""
        if message not in self._warned:
            self._warned.add(message)
            self._warn(message)

    @cached_property
    def config(self) -> ConfigText:
        """The AWS config file. Raises `Failed`."""
        return config_file.load(paths.aws_config())

    @cached_property
    def shared_credentials(self) -> ConfigText:
        """The shared credentials file. Raises `Failed`."""
        return config_file.load(paths.aws_credentials())

    @cached_property
    def aws_files(self) -> AwsFiles:
        """Both files as botocore reads them. Raises `Failed`."""
        return AwsFiles(self.config, lambda: self.shared_credentials)

    @cached_property
    def profiles(self) -> dict[str, ProfileRole]:
        """The profiles that are for a role, by name. Raises `Failed`."""
        return resolve.profiles(self.aws_files)

    @cached_property
    def config_toml(self) -> "ConfigToml":
        """Our settings file. Raises `BadInput`, `Failed`."""
        from ssohelper.settings import config_toml

        return config_toml.load(paths.settings())

    @cached_property
    def keyring(self) -> "SecretStore":
        """The system's keyring. Raises `Failed`."""
        from ssohelper.storage.system_keyring import SystemKeyring

        return SystemKeyring(attended=self.attended)

    def select_session(self, name: str | None) -> "SessionContext":
        """The session that a command is for: the named one, else the current profile's, else the only one.

        Raises `BadInput`, `Failed`.
        """
        return self.of(selection.session(self.aws_files, name, self.environment, self._place))

    def all_sessions(self) -> "list[SessionContext]":
        """Every session of the config file. Raises `BadInput` if there is none, `Failed`."""
        return [self.of(each) for each in selection.all_sessions(self.aws_files, self._place)]

    def check_profile(self, profile: str) -> None:
        """Raise `SelectionNeeded` if there is no profile of that name. Raises `Failed`."""
        selection.check_profile(self.aws_files, profile, self._place)

    def session_of_profile(self, profile: str) -> str:
        """The name of the session that a profile is for. Raises `BadInput`, `Failed`."""
        return selection.session_of_profile(self.aws_files, profile, self._place)

    def select_role(self, options: RoleOptions) -> ProfileRole:
        """The role that a command is for: the one that its options name, else that of the enclosing `exec`.

        Raises `BadInput`, `Failed`.
        """
        self._named_profile = options.profile
        if options.names_account and options.profile is None and options.role_name is not None:
            from ssohelper.sync import account_names

            names = self.select_session(options.session_name).account_names()
            options = options._replace(account=account_names.id_of(options.account or "", names))
        return selection.role(self.aws_files, options, self.environment, self._place)

    def network(self, *, background: bool = False) -> "Network":
        """The certificates and proxies of the profile that the command is for, else of the current one.

        In the background it is the default profile: what is refreshed there is for every profile.
        """
        from ssohelper.identity_center import network

        current = None if background else self._named_profile or self.current_profile
        profile = Merged(current or "default")
        with suppress(Failed):  # a file that cannot be read says nothing about the network
            profile = self.aws_files.profiles.get(profile.name, profile)
        return network.for_profile(profile, self.environment)

    @property
    def current_profile(self) -> str | None:
        """The profile that the environment names."""
        return selection.current_profile(self.environment)

    def of(self, session: Session) -> "SessionContext":
        """The context of a session."""
        return self._sessions.setdefault(session.name, SessionContext(self, session))

    def limiter(self, session: Session, *, background: bool) -> "Limiter":
        """The rate limiter that all sessions of one portal share, since the service counts their calls together."""
        from ssohelper.identity_center.limiter import BACKGROUND_RATE, Limiter

        key = (session.start_url, session.region, background)
        if key not in self._limiters:
            self._limiters[key] = Limiter(max_rate=BACKGROUND_RATE) if background else _limiter_of(session)
        return self._limiters[key]

    @property
    def _place(self) -> str:
        return paths.shown(paths.aws_config())


def _limiter_of(session: Session) -> "Limiter":
    """The limiter for a person's commands: it starts with the rate that was learnt within a day."""
    from ssohelper.identity_center import learnt_rate
    from ssohelper.identity_center.limiter import BURST, Limiter

    def save(rate: float) -> None:
        learnt_rate.save(session, rate, time.time())

    return Limiter(burst=BURST, known_rate=learnt_rate.load(session, time.time()), on_learnt=save)


class SessionContext:
    """Everything of one sso-session.

    With `background`, it stays below the rate at which Identity Center begins to throttle.
    """

    def __init__(
        self, context: Context, session: Session, *, warn: Warn | None = None, background: bool = False
    ) -> None:
        self.session = session
        self._context = context
        self._warn = warn or context.warn
        self._background = background
        self._issuers: dict[Token, Portal] = {}
        self._clients: dict[str, ProfileClients] = {}

    @cached_property
    def settings(self) -> "Settings":
        """The settings of the session. Raises `BadInput`, `Failed`."""
        return self._context.config_toml.for_session(self.session.name)

    @cached_property
    def secret_store(self) -> "SecretStore | None":
        """The keyring, if the settings keep the session's secrets there. Raises `BadInput`, `Failed`."""
        return self._context.keyring if self.settings.store == "keyring" else None

    @cached_property
    def network(self) -> "Network":
        """The certificates and proxies for its requests."""
        return self._context.network(background=self._background)

    @cached_property
    def runtime(self) -> "Runtime":
        """The clock, and the callbacks for waits and warnings."""
        from ssohelper.sign_in.runtime import Runtime

        return Runtime(now=time.time, sleep=time.sleep, waiting=self._context.waiting, warn=self._warn)

    @cached_property
    def oidc(self) -> "Oidc":
        """The OIDC service."""
        from ssohelper.identity_center.oidc import Oidc  # botocore is slow to load

        return Oidc(self.session, self.network)

    @cached_property
    def access_tokens(self) -> "AccessTokens":
        """The access tokens."""
        from ssohelper.sign_in.access_tokens import AccessTokens

        return AccessTokens(self.session, self._refresh, self.runtime, self.secret_store, patient=self._background)

    def _refresh(self, lock: int | None, seconds: float | None) -> Token:
        """Refresh the token in a process of its own: see `RefreshProcess.refresh`."""
        from ssohelper.sign_in.refresh_process import RefreshProcess, Request  # slow to load, and rarely needed

        keyring, attended = self.secret_store is not None, self._context.attended
        request = Request(self.session, self.network, keyring=keyring, attended=attended)
        return RefreshProcess(_REFRESH_COMMAND, request, self._warn).refresh(lock, seconds)

    @cached_property
    def credential_cache(self) -> "CredentialCache":
        """Where role credentials are cached. Raises `Failed`."""
        from ssohelper.credentials.aws_cli_cache import AwsCliCache

        files = AwsCliCache(self.session)
        if self.secret_store is None:
            return files
        from ssohelper.credentials.keyring_cache import KeyringCache

        return KeyringCache(self.secret_store, files)

    @cached_property
    def guard(self) -> "Guard | None":
        """What refuses sensitive roles that are not unlocked; None if config.toml names none."""
        from ssohelper.credentials.sensitive import Guard

        return Guard(self._is_sensitive, time.time) if self._sensitive_roles else None

    @property
    def _sensitive_roles(self) -> tuple[str, ...]:
        """The globs of sensitive roles: of the session; of all for a role that is used without one."""
        if self.session.needs_sign_in:
            return self.settings.sensitive_roles
        return self._context.config_toml.sensitive_roles_of_all

    @cached_property
    def provider(self) -> "CredentialProvider":
        """The provider of role credentials."""
        from ssohelper.credentials.provider import CredentialProvider

        return CredentialProvider(
            self.access_tokens,
            self._issuer,
            self.credential_cache,
            self.runtime,
            access_keys=self.access_keys,
            assume_role=self.assume_role,
            guard=self.guard,
            versions=self._context.versions,
        )

    def token(self, warn: Warn | None = None) -> Token:
        """The current access token, refreshed if it expires soon.

        Raises `SignInRequired`, `Unavailable`, `Failed`.
        """
        return deadline.within(
            _REFRESH_SECONDS, "refreshing the sign-in", lambda: self.access_tokens.token(warn or self._warn)
        )

    def portal(self, seconds: float = math.inf) -> "Portal":
        """The access portal, with the current token; after `seconds` it retries no call.

        Raises `SignInRequired`, `Unavailable`, `Failed`.
        """
        return self._portal(self.token(), seconds)

    def credentials(self, role: CredentialSource, *, asks: bool = True) -> RoleCredentials:
        """Credentials of a role that is used now, so that the agent keeps them fresh. Raises as the provider does.

        `asks` is false where nobody is asked for an MFA code, even on a terminal.
        """
        from ssohelper.credentials import provider, recent_roles

        timing = provider.ATTENDED if asks and self._context.attended else provider.FOREGROUND
        found = self.provider.credentials(role, timing)
        if self.session.needs_sign_in:  # the agent refreshes what a sign-in gives
            recent_roles.record(role)
        return found

    def status(self, now: float) -> "SignInStatus":
        """Whether the session is signed in, and until when; `now` is in Unix seconds. Raises `Failed`."""
        from ssohelper.sign_in import status

        return status.of(self.session, now, self.secret_store)

    @property
    def sign_in_seconds(self) -> float | None:
        """How long sign-ins are valid, in seconds, as far as the settings say. Raises `BadInput`, `Failed`."""
        hours = self.settings.sign_in_hours
        return None if hours is None else hours * 3600

    def profiles(self) -> dict[str, ProfileRole]:
        """The profiles that are for one of its roles, by name. Raises `Failed`."""
        return {name: each for name, each in self._context.profiles.items() if each.role.session == self.session.name}

    def profile_names(self) -> dict[tuple[str, str], str]:
        """The profile for each of its roles, by account id and role name; the first of several. Raises `Failed`."""
        names: dict[tuple[str, str], str] = {}
        for name, each in self.profiles().items():
            if not isinstance(each.role, AssumedRole):
                names.setdefault((each.role.account_id, each.role.role_name), name)
        return names

    def profile_for(self, role: CredentialSource) -> str | None:
        """The first profile that is for a role. Raises `Failed`."""
        return next((name for name, each in self.profiles().items() if each.role == role), None)

    def profile_roles(self) -> set[CredentialSource]:
        """The roles that profiles of the config file are for."""
        return {each.role for each in self.profiles().values()}

    def account_names(self, needed: str | None = None) -> dict[str, str | None]:
        """The names of the accounts by id, listed within a day; the `needed` one is among them.

        Raises what listing accounts does.
        """
        from ssohelper.storage import locks
        from ssohelper.sync import account_names

        if not self.session.needs_sign_in:
            return self.shown_names()

        def cached() -> dict[str, str | None] | None:
            names = account_names.load(self.session, time.time())
            return names if names is not None and (needed is None or needed in names) else None

        names = cached()
        if names is not None:
            return names
        waiting = self._context.waiting(f"account names of {self.session.name}")
        with locks.held_if_possible(account_names.lock_name(self.session), waiting=waiting, warn=self._warn):
            names = cached()
            if names is None:
                accounts = self.portal().accounts()
                account_names.save(self.session, accounts, time.time())
                names = {account.id: account.name for account in accounts}
            return names

    def shown_names(self) -> dict[str, str | None]:
        """The names of the accounts by id, however old; legacy profiles know those of their portal's session, too.

        A role that is assumed with access keys may be in an account of any session. Raises `Failed`.
        """
        from ssohelper.sync import account_names

        session, names = self.session, account_names.shown(self.session)
        if session.legacy or not session.needs_sign_in:
            for each in resolve.named_sessions(self._context.aws_files).values():
                if not session.needs_sign_in or each.start_url == session.start_url:
                    names = {**account_names.shown(each), **names}
        return names

    def label(self, role: CredentialSource) -> str:
        """What to call a role in a message, with the name of its account where that is known. Raises `Failed`."""
        return role.labelled(self.shown_names())

    def region_of(self, role: CredentialSource) -> str:
        """The region of a role that no profile was named for.

        It is the environment's, else that of a profile for the role, of the settings, of `[default]`, or of the
        session. Regions of another partition are ignored. Raises `BadInput`, `Failed`.
        """
        from ssohelper.identity_center import regions

        profile = self.profile_for(role)
        environment, partition = self._context.environment, regions.partition(self.session.region)
        default = self._context.aws_files.profiles.get("default", Merged("default"))
        candidates = (
            environment.get("AWS_REGION"),
            environment.get("AWS_DEFAULT_REGION"),
            self.profiles()[profile].region if profile else None,
            self.rule_for(role).region,
            self.settings.region,
            default.text("region"),
        )
        of_partition = (each for each in candidates if each and regions.partition(each) == partition)
        return next(of_partition, self.session.region)

    def is_enclosing_role(self, role: CredentialSource) -> bool:
        """Whether this runs inside an `ssohelper exec` with that role."""
        enclosing = selection.enclosing_role(self._context.environment)
        return enclosing is not None and enclosing.ref == role.ref

    def rule_to_use(self, role: CredentialSource) -> "Rule":
        """The same for a role that is about to be used: the account's name is listed again after a day, if possible.

        Raises `BadInput`, `Failed`.
        """
        from ssohelper.settings import role_globs

        if any(role_globs.names_account(rule.match) for rule in self.settings.rules if rule.confirm or rule.warning):
            with suppress(SignInRequired, Unavailable):  # then the last known name has to do
                self.account_names(role.account_id)
        return self.rule_for(role)

    def rule_for(self, role: CredentialSource) -> "Rule":
        """What the rules of config.toml say of a role, by the account's name as it was last listed.

        Raises `BadInput`, `Failed`.
        """
        name = self.shown_names().get(role.account_id) if self.settings.rules else None
        return self.settings.rule_for(Role(Account(role.account_id, name), role.role_name))

    def _is_sensitive(self, role: CredentialSource) -> bool:
        """Whether a role is sensitive by the settings; requests the account's name if a glob has one."""
        from ssohelper.settings import role_globs

        globs = self._sensitive_roles
        if role_globs.any_matches_in_any_case(globs, Role(Account(role.account_id), role.role_name)):
            return True
        by_name = tuple(glob for glob in globs if role_globs.names_account(glob))
        if not by_name:
            return False
        names = self.account_names(role.account_id)
        name = names.get(role.account_id)
        # One of the user's accounts, or perhaps one: it may have any name.
        if name is None and not (isinstance(role, AssumedRole) and names):
            by_name = tuple(map(role_globs.with_any_account, by_name))
        return role_globs.any_matches_in_any_case(by_name, Role(Account(role.account_id, name), role.role_name))

    def access_keys(self, ref: AccessKeysRef) -> AccessKeys:
        """The access keys with which a chain starts. Raises `BadInput` if the file no longer has them, `Failed`."""
        return credential_source.access_keys(self._context.aws_files, ref)

    def assume_role(
        self, source: "SourceCredentials", role: AssumedRole, mfa_code: str | None = None
    ) -> RoleCredentials:
        """Credentials of a role that is assumed now, with the settings of the profile that was asked for.

        `mfa_code` is needed if it has an `mfa_serial`. Raises as `identity_center.sts.Sts.assume_role` does.
        """
        return self.sts(role.settings_profile).assume_role(source, role, mfa_code)

    def sts(self, profile: str) -> "Sts":
        """STS with the settings of a profile, which may not exist."""
        from ssohelper.identity_center.sts import Sts  # botocore is slow to load

        return Sts(self.profile_clients(profile))

    def iam(self, profile: str) -> "Iam":
        """IAM with the settings of a profile, which may not exist."""
        from ssohelper.identity_center.iam import Iam

        return Iam(self.profile_clients(profile))

    def profile_clients(self, profile: str) -> "ProfileClients":
        """Clients with the settings of a profile, which may not exist."""
        from ssohelper.identity_center.profile_clients import ProfileClients

        credential_source.check_readable(self._context.aws_files)
        if profile not in self._clients:
            self._clients[profile] = ProfileClients(
                profile,
                config_file=str(paths.aws_config()),
                credentials_file=str(paths.aws_credentials()),
                network=self.network,
                default_region=self.session.region,
            )
        return self._clients[profile]

    def _issuer(self, token: Token) -> "Portal":
        """The portal for requests that must not take long; one for each token, since its client is slow to make."""
        if token not in self._issuers:
            self._issuers[token] = self._portal(token, RETRY_SECONDS)
        return self._issuers[token]

    def _portal(self, token: Token, seconds: float) -> "Portal":
        from ssohelper.identity_center.portal import Portal

        limiter = self._context.limiter(self.session, background=self._background)
        return Portal(
            self.session,
            token,
            self.access_tokens.replacement,
            seconds=seconds,
            limiter=limiter,
            network=self.network,
        )
