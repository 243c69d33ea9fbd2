"""Profiles for roles of a session that other tools or the user wrote, recognized by what they contain. Pure.

aws-sso-util  sso_start_url and the like, sso_auto_populated, credential_process = aws-sso-util credential-process
aws-sso-cli   credential_process = .../aws-sso -S "Default" process --arn arn:aws:iam::ID:role/NAME, nothing else
granted       granted_sso_start_url and the like, or sso_start_url; granted_generated_from, in older versions
              common_fate_generated_from; credential_process = granted credential-process --profile NAME
aws-vault     what the user wrote, and credential_process = aws-vault export --format=json NAME
"""

import re
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from ssohelper.aws_config import resolve
from ssohelper.aws_config.config_text import IDENTITY_KEYS, ConfigText, Section
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.model import Session, same_start_url
from ssohelper.roles import ProfileRef, RoleRef, profile_ref

BY_HAND = "hand"
# aws-sso-cli rewrites everything between these two lines; each of its SSO instances has such a block.
_BLOCK_BEGINS, _BLOCK_ENDS = "# BEGIN_AWS_SSO_CLI", "# END_AWS_SSO_CLI"
# What the keys of tools begin with, and the other keys by which a tool is recognized.
_PREFIXES = ("sso_", "granted_sso_")
_TOOL_KEYS = {
    "sso_auto_populated": "aws-sso-util",
    "granted_generated_from": "granted",
    "common_fate_generated_from": "granted",
    "granted_skip_credential_process_validation": "granted",
}
# Other sources of credentials: some SDK prefers each of them to SSO, and the user has configured it.
_OTHER_SOURCES = (
    "role_arn", "source_profile", "credential_source", "web_identity_token_file", "login_session",
    "aws_access_key_id", "aws_secret_access_key", "aws_session_token",
)  # fmt: skip

_TOOLS = {
    "aws-sso-util": "aws-sso-util",
    "aws-sso": "aws-sso-cli",
    "granted": "granted",
    "dgranted": "granted",
    "aws-vault": "aws-vault",
    "ssohelper": "ssohelper",
    "ssohelper-credential-process": "ssohelper",
}
_SUBCOMMANDS = {
    "aws-sso-util": ("credential-process",),
    "aws-sso-cli": ("process",),
    "granted": ("credential-process",),
    "aws-vault": ("exec", "export"),
}
# Not shlex alone: on Windows, paths have backslashes, and may have spaces in quotes.
_COMMAND = re.compile(r"(\"[^\"]*\"|\S+)(?:\s+(.*))?", re.DOTALL)
# Old versions of aws-sso-cli write one colon before the account, and no leading zeros.
_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::?(\d{1,12}):role/([\w+=,.@-]+)", re.ASCII)


class ForeignProfile(NamedTuple):
    """A foreign profile for a role of the session.

    `origin` is the tool that wrote it, or `BY_HAND`; `obsolete` are the keys to remove when it is adopted.
    `obstacle` is why it cannot be adopted, in a few words; None if it can.
    """

    section: Section
    role: ProfileRef
    origin: str
    obsolete: frozenset[str]
    obstacle: str | None


class _Process(NamedTuple):
    """A `credential_process` that runs a known tool; `words` are its arguments."""

    tool: str
    words: list[str]

    def option(self, *names: str) -> str | None:
        """The value of an option that has one of these names."""
        for number, word in enumerate(self.words):
            name, equals, value = word.partition("=")
            if name in names:
                return value if equals else next(iter(self.words[number + 1 :]), None)
        return None


def find(files: AwsFiles, session: Session, *, default_roles: Collection[RoleRef] = ()) -> list[ForeignProfile]:
    """The foreign profiles for roles of a session, in the order of the file.

    `default_roles` are the roles that may be the default profile: for any other role, `[default]` would be removed
    together with the role.
    """
    other_sessions = {section.name for section in files.config.of_kind("sso-session")} - {session.name}
    found = []
    for section, why in _unmanaged(files):
        # With what it inherits of [DEFAULT].
        merged = files.profiles[section.name].without("credentials")
        values = {key: value.text for key, value in merged.values.items()}
        process = _process(values.get("credential_process", ""), section.name)
        roles = list(_roles(values, process, session, other_sessions))
        role = next((each for each in roles if each), None)
        if role is None:
            continue
        default = section.name == "default" and role not in default_roles
        obstacles = {
            "no rule in config.toml names its role default": default,
            "it names more than one role": any(each != role for each in roles),
            f"its sso_region is not {session.region}": _in_other_region(session, values),
        }
        obstacle = why or next((each for each, applies in obstacles.items() if applies), None)
        obstacle = obstacle or _obstacle(section, process)
        found.append(ForeignProfile(section, role, _origin(values, process), _obsolete(section.values()), obstacle))
    return found


def find_chained(files: AwsFiles, wanted: Collection[ProfileRef]) -> list[ForeignProfile]:
    """The foreign chained profiles for roles in `wanted`, in the order of the file."""
    found = []
    for section, why in _unmanaged(files):
        role = resolve.role_of_profile(files, section.name) if "role_arn" in section.values() else None
        ref = profile_ref(role) if role else None
        if ref and ref in wanted:
            obstacle = why or ("it is the default profile" if section.name == "default" else None)
            found.append(ForeignProfile(section, ref, BY_HAND, frozenset(), obstacle))
    return found


def _unmanaged(files: AwsFiles) -> Iterator[tuple[Section, str | None]]:
    """Each profile that is not managed, with the reason why it cannot be adopted, None if there is none."""
    credentials_profiles = {section.header for section in files.credentials.sections}
    names = Counter(section.name for section in files.config.of_kind("profile"))
    in_registry = False
    for section in files.config.sections:
        if section.header.startswith("granted_registry_"):  # two such sections enclose the profiles of a registry
            in_registry = section.header.startswith("granted_registry_start")
        if section.kind == "profile" and not section.managed:
            obstacles = {
                "the config file defines it twice": names[section.name] > 1,
                "granted's profile registry would restore it": in_registry,
                "the credentials file also has a profile of that name": section.name in credentials_profiles,
            }
            yield section, next((why for why, applies in obstacles.items() if applies), None)


def in_block(text: ConfigText, section: Section) -> bool:
    """Whether a section is in a block that aws-sso-cli rewrites."""
    for line in reversed(text.lines[: section.first]):
        if line.startswith((_BLOCK_BEGINS, _BLOCK_ENDS)):
            return line.startswith(_BLOCK_BEGINS)
    return False


def _roles(
    values: Mapping[str, str], process: _Process | None, session: Session, other_sessions: Collection[str]
) -> Iterator[RoleRef | None]:
    """The roles that the options of a profile name; None for one of another session."""
    for prefix in _PREFIXES:
        account_id, role_name = values.get(f"{prefix}account_id"), values.get(f"{prefix}role_name")
        if account_id and role_name:
            yield session.role(account_id, role_name) if _is_for(session, values, prefix) else None
    if process and process.tool == "aws-sso-cli":
        # Its instances are configured in a file of its own. An account belongs to one Identity Center, so the role
        # identifies the session, unless the instance has the name of another one.
        arn = _ROLE_ARN.fullmatch(process.option("--arn", "-a") or "")
        account_id, role_name = arn.groups() if arn else (process.option("--account", "-A"), None)
        role_name = role_name or process.option("--role", "-R")
        if account_id and role_name:
            other = process.option("--sso", "-S") in other_sessions
            yield None if other else session.role(account_id.zfill(12), role_name)
    if process and process.tool == "ssohelper":
        account_id, role_name = process.option("--account-id"), process.option("--role-name")
        if account_id and role_name:
            yield session.role(account_id, role_name) if process.option("--session") == session.name else None


def _is_for(session: Session, values: Mapping[str, str], prefix: str) -> bool:
    name, url, region = (values.get(key) for key in ("sso_session", f"{prefix}start_url", f"{prefix}region"))
    if name and name != session.name:
        return False
    if url and not same_start_url(url, session.start_url):
        return False
    return bool(name or (url and region))


def _in_other_region(session: Session, values: Mapping[str, str]) -> bool:
    """Whether a profile has another region for the same start URL, by mistake or on purpose."""
    return any((values.get(f"{prefix}region") or session.region) != session.region for prefix in _PREFIXES)


def _process(line: str, profile: str) -> _Process | None:
    """The command of a `credential_process` line, if it is a known tool that returns the profile's credentials."""
    found = _COMMAND.fullmatch(line.strip())
    if found is None:
        return None
    program = re.split(r"[\\/]", found[1].strip('"'))[-1].removesuffix(".exe")
    try:
        words = shlex.split(found[2] or "")
    except ValueError:
        return None
    tool = _TOOLS.get(program)
    if tool is None or not set(_SUBCOMMANDS.get(tool, words)) & set(words):
        return None
    if tool == "aws-vault" and profile not in words:  # it is about another profile
        return None
    return _Process(tool, words)


def _obstacle(section: Section, process: _Process | None) -> str | None:
    keys = [option.key for option in section.options]
    for key in keys:
        if keys.count(key) > 1:
            return f"it sets {key} twice"
    for key in _OTHER_SOURCES:
        if key in keys:
            return f"it has {key}"
    return "its credential_process runs no known tool" if "credential_process" in keys and process is None else None


def _origin(values: Mapping[str, str], process: _Process | None) -> str:
    if process:
        return process.tool
    tools = [tool for key, tool in _TOOL_KEYS.items() if key in values]
    return next(iter(tools), "granted" if any(key.startswith("granted_sso_") for key in values) else BY_HAND)


def _obsolete(values: Mapping[str, str]) -> frozenset[str]:
    """The keys that a managed profile does not need: other sources of credentials, and the tools' own keys.

    All keys that begin with `sso_`: in a credential-process profile, they would make the JavaScript and Java SDKs
    take it for an SSO profile.
    """
    known = {*_TOOL_KEYS, "credential_process", *IDENTITY_KEYS["credential-process"]}
    return frozenset(key for key in values if key.startswith(_PREFIXES) or key in known)
