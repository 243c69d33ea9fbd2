"""Profiles that other tools or hands wrote for the roles of a session, known by what they left in the file. Pure.

aws-sso-util  sso_start_url and its like, sso_auto_populated, credential_process = aws-sso-util credential-process
aws-sso-cli   credential_process = .../aws-sso -S "Default" process --arn arn:aws:iam::ID:role/NAME, and no more
granted       granted_sso_start_url and its like, or sso_start_url; granted_generated_from, in older versions
              common_fate_generated_from; credential_process = granted credential-process --profile NAME
aws-vault     what a hand wrote, and credential_process = aws-vault export --format=json NAME
"""

import re
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from ssohelper.aws_config.config_text import IDENTITY_KEYS, ConfigText, Section
from ssohelper.model import Session, same_start_url

BY_HAND = "hand"
# aws-sso-cli rewrites all that stands between these two lines; one block for each of its SSO instances.
_BLOCK_BEGINS, _BLOCK_ENDS = "# BEGIN_AWS_SSO_CLI", "# END_AWS_SSO_CLI"
# What each tool adds, beside keys that begin with these words.
_PREFIXES = ("sso_", "granted_sso_")
_MARKS = {
    "sso_auto_populated": "aws-sso-util",
    "granted_generated_from": "granted",
    "common_fate_generated_from": "granted",
    "granted_skip_credential_process_validation": "granted",
}
# Where else a profile may get credentials: they go before SSO in one SDK or another, and somebody put them there.
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
_WHAT_IT_DOES = {
    "aws-sso-util": ("credential-process",),
    "aws-sso-cli": ("process",),
    "granted": ("credential-process",),
    "aws-vault": ("exec", "export"),
}
# Not shlex alone: on Windows a path has backslashes, and may have blanks between quotes.
_COMMAND = re.compile(r"(\"[^\"]*\"|\S+)(?:\s+(.*))?", re.DOTALL)
# Old versions wrote one colon before the account, and left out zeros in front.
_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::?(\d{1,12}):role/([\w+=,.@-]+)", re.ASCII)

_Role = tuple[str, str]


class Neighbour(NamedTuple):
    """A profile for a role of the session that does not carry our mark.

    `origin` is the tool that wrote it, or `BY_HAND`; `obsolete` are the keys that go when we take it over.
    `obstacle` is why we must not, in a few words; None where we may.
    """

    section: Section
    account_id: str
    role_name: str
    origin: str
    obsolete: frozenset[str]
    obstacle: str | None

    @property
    def key(self) -> _Role:
        """The account's id and the role's name."""
        return self.account_id, self.role_name


class _Process(NamedTuple):
    """A `credential_process` of a tool that we know, and the words behind its name."""

    tool: str
    words: list[str]

    def option(self, *names: str) -> str | None:
        """The value of an option, by any of its names."""
        for number, word in enumerate(self.words):
            name, equals, value = word.partition("=")
            if name in names:
                return value if equals else next(iter(self.words[number + 1 :]), None)
        return None


def find(
    text: ConfigText, session: Session, *, taken: Collection[str] = (), defaults: Collection[_Role] = ()
) -> list[Neighbour]:
    """The neighbours in a file, in its order.

    `taken` are names that the shared credentials file has, too. `defaults` are roles that shall be the default
    profile: no other role may stand there for good, since it would take `[default]` along when it goes.
    """
    names = Counter(section.name for section in text.of_kind("profile"))
    others = {section.name for section in text.of_kind("sso-session")} - {session.name}
    found = []
    in_registry = False
    for section in text.sections:
        if section.header.startswith("granted_registry_"):  # its profiles stand between two such sections
            in_registry = section.header.startswith("granted_registry_start")
        if section.kind != "profile" or section.ours:
            continue
        values = section.values()
        process = _process(values.get("credential_process", ""), section.name)
        claims = list(_claims(values, process, session, others))
        role = next((each for each in claims if each), None)
        if role is None:
            continue
        obstacles = {
            "the file has it twice": names[section.name] > 1,
            "a registry of granted would write it anew": in_registry,
            "the credentials file has it, too": section.name in taken,
            "a role is the default only where a rule says so": section.name == "default" and role not in defaults,
            "it speaks of more than one role": any(each != role for each in claims),
            f"its sso_region is not {session.region}": _elsewhere(session, values),
        }
        obstacle = next((why for why, so in obstacles.items() if so), None) or _obstacle(section, process)
        found.append(Neighbour(section, *role, _origin(values, process), _obsolete(values), obstacle))
    return found


def in_a_block(text: ConfigText, section: Section) -> bool:
    """Whether a section stands in a block that aws-sso-cli writes anew."""
    for line in reversed(text.lines[: section.first]):
        if line.startswith((_BLOCK_BEGINS, _BLOCK_ENDS)):
            return line.startswith(_BLOCK_BEGINS)
    return False


def _claims(
    values: Mapping[str, str], process: _Process | None, session: Session, others: Collection[str]
) -> Iterator[_Role | None]:
    """The roles that the keys of a profile speak of; None is one of another session."""
    for prefix in _PREFIXES:
        account_id, role_name = values.get(f"{prefix}account_id"), values.get(f"{prefix}role_name")
        if account_id and role_name:
            yield (account_id, role_name) if _is_for(session, values, prefix) else None
    if process and process.tool == "aws-sso-cli":
        # It names sign-ins in a file of its own. Accounts belong to one Identity Center, so the role tells which is
        # meant, unless the name is that of another session.
        named = _ROLE_ARN.fullmatch(process.option("--arn", "-a") or "")
        account_id, role_name = named.groups() if named else (process.option("--account", "-A"), None)
        role_name = role_name or process.option("--role", "-R")
        if account_id and role_name:
            yield (account_id.zfill(12), role_name) if process.option("--sso", "-S") not in others else None
    if process and process.tool == "ssohelper":
        account_id, role_name = process.option("--account-id"), process.option("--role-name")
        if account_id and role_name:
            yield (account_id, role_name) if process.option("--session") == session.name else None


def _is_for(session: Session, values: Mapping[str, str], prefix: str) -> bool:
    named, url, region = (values.get(key) for key in ("sso_session", f"{prefix}start_url", f"{prefix}region"))
    if named and named != session.name:
        return False
    if url and not same_start_url(url, session.start_url):
        return False
    return bool(named or (url and region))


def _elsewhere(session: Session, values: Mapping[str, str]) -> bool:
    """Whether a profile looks for the session's portal in another region, by mistake or with a reason."""
    return any((values.get(f"{prefix}region") or session.region) != session.region for prefix in _PREFIXES)


def _process(line: str, profile: str) -> _Process | None:
    """What a `credential_process` line runs, where it is a tool that we know and hands out a role by it."""
    found = _COMMAND.fullmatch(line.strip())
    if found is None:
        return None
    program = re.split(r"[\\/]", found[1].strip('"'))[-1].removesuffix(".exe")
    try:
        words = shlex.split(found[2] or "")
    except ValueError:
        return None
    tool = _TOOLS.get(program)
    if tool is None or not set(_WHAT_IT_DOES.get(tool, words)) & set(words):
        return None
    if tool == "aws-vault" and profile not in words:  # it is about another profile
        return None
    return _Process(tool, words)


def _obstacle(section: Section, process: _Process | None) -> str | None:
    keys = [option.key for option in section.options]
    for key in keys:
        if keys.count(key) > 1:
            return f"it says {key} twice"
    for key in _OTHER_SOURCES:
        if key in keys:
            return f"it has {key}"
    return "its credential_process is your own" if "credential_process" in keys and process is None else None


def _origin(values: Mapping[str, str], process: _Process | None) -> str:
    if process:
        return process.tool
    marks = [tool for key, tool in _MARKS.items() if key in values]
    return next(iter(marks), "granted" if any(key.startswith("granted_sso_") for key in values) else BY_HAND)


def _obsolete(values: Mapping[str, str]) -> frozenset[str]:
    """What a profile of ours has no use for: whatever else decides how it gets credentials, and the tools' marks.

    All that begins with `sso_`: the JavaScript and Java SDKs would take a profile of the other style for an SSO one.
    """
    known = {*_MARKS, "credential_process", *IDENTITY_KEYS["credential-process"]}
    return frozenset(key for key in values if key.startswith(_PREFIXES) or key in known)
