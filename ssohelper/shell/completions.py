"""Completion of values from the AWS config file, and the output format of each shell. Loads no click.

A completion script runs `ssohelper complete SHELL -- WORDS`: the words of the command line up to the cursor, of which
the last, perhaps empty, is being completed. It prints one candidate per line: value, tab, description.
"""

from __future__ import annotations

import os

from ssohelper.aws_config import fast_scan

TYPE_CHECKING = False  # see fast_scan
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssohelper.aws_config.fast_scan import Section

# The options whose values come from the config file, and how each is spelled.
_PROFILE, _SESSION = ("--profile", "-p", "--as"), ("--session", "-s")
_ACCOUNT, _ROLE = ("--account", "--account-id"), ("--role", "--role-name")
_OPTIONS = (*_PROFILE, *_SESSION, *_ACCOUNT, *_ROLE)
# The commands whose first argument is a profile: any profile, or one with a role.
_ANY_PROFILE = ("use", "doctor", "why")
_ROLE_PROFILE = ("console", "env", "exec", "login", "status", "unlock")
# bash splits words at these characters (COMP_WORDBREAKS) and completes only the part after them.
_BREAKS = ":="
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@/%+:,=-")
_POWERSHELL_PLAIN = _PLAIN - frozenset("@%+,")


class Candidate:
    """A value that completes a word, with its description."""

    __slots__ = ("description", "value")

    def __init__(self, value: str, description: str = "") -> None:
        self.value, self.description = value, description


def from_config(words: Sequence[str]) -> list[Candidate] | None:
    """The candidates for the last of the words after `ssohelper`; None if its value is not from the config file."""
    *before, typed = words or [""]
    if "--" in before:
        return None
    if before and before[-1] in _OPTIONS:
        return option_values(before[-1], before, typed)
    option, equals, prefix = typed.partition("=")
    if equals and option in _OPTIONS:
        values = option_values(option, before, prefix)
        return [Candidate(f"{option}={each.value}", each.description) for each in values]
    if len(before) == 1 and before[0] in _ANY_PROFILE + _ROLE_PROFILE and not typed.startswith("-"):
        return profile_arguments(before[0], typed)
    return None


def in_any_case(words: Sequence[str]) -> list[Candidate] | None:
    """The same, ignoring case, as PowerShell's own completion does."""
    *before, typed = words or [""]
    option, equals, _ = typed.partition("=")
    if typed.startswith("-") and not equals:
        return from_config(words)
    found = from_config([*before, f"{option}=" if typed.startswith("-") else ""])
    return found and [each for each in found if each.value.lower().startswith(typed.lower())]


def for_shell(shell: str, words: Sequence[str]) -> list[Candidate] | None:
    """The candidates as a shell expects them."""
    return in_any_case(words) if shell == "powershell" else from_config(words)


def option_values(option: str, before: Sequence[str], prefix: str) -> list[Candidate]:
    """The values of an option that start with `prefix`, within the session and account given in `before`."""
    sections = fast_scan.config_sections()
    profiles = [each for each in sections if each.kind == "profile" and all(each.role)]
    session, account = _option_value(_SESSION, before), _option_value(_ACCOUNT, before)
    profiles = [each for each in profiles if session in (None, each.session)]
    if option in _PROFILE:
        chained = (each for each in sections if "role_arn" in each.keys and each.assumed_role[1] and session is None)
        return _matching(map(_profile, (*profiles, *chained)), prefix)
    if option in _SESSION:
        return _matching(map(Candidate, _sessions(sections)), prefix)
    names = _account_names({each.session for each in profiles})
    if option in _ACCOUNT:
        return _matching(_account_candidates(_accounts(profiles), names), prefix)
    ids = [account, *(each for each, name in names.items() if name == account)]
    roles = [each.role[1] for each in profiles if account is None or each.role[0] in ids]
    return _matching(map(Candidate, sorted(set(roles))), prefix)


def _account_candidates(roles: dict[str, list[str]], names: dict[str, str]) -> Iterator[Candidate]:
    """Each account by its id, and by its name if no other has that."""
    for account_id, role_names in roles.items():
        name, listed = names.get(account_id), ", ".join(role_names)
        yield Candidate(account_id, f"{name}: {listed}" if name else listed)
        if name and list(names.values()).count(name) == 1:
            yield Candidate(name, f"{account_id}: {listed}")


def _account_names(sessions: Iterable[str]) -> dict[str, str]:
    """The accounts' names by id, as they were last listed for some sessions."""
    from ssohelper.sync import account_names  # slow to load, and few lines need it

    return {
        account_id: name
        for session in sessions
        for account_id, name in account_names.of_session(session).items()
        if name is not None
    }


def profile_arguments(command: str, prefix: str) -> list[Candidate]:
    """The profiles that start with `prefix`, for a command that has a profile as its argument."""
    profiles = [each for each in fast_scan.config_sections() if each.kind == "profile"]
    if command in _ROLE_PROFILE:
        return _matching((_profile(each) for each in profiles if each.role[1] or each.assumed_role[1]), prefix)
    shared = map(Candidate, fast_scan.shared_profiles())
    return _matching([*map(_profile, profiles), *shared], prefix)


def _profile(section: Section) -> Candidate:
    account_id, role_name = section.role if section.role[1] else section.assumed_role
    return Candidate(section.name, f"{role_name} in {account_id}" if role_name else "")


def _sessions(sections: Iterable[Section]) -> list[str]:
    named = [each.name for each in sections if each.kind == "sso-session"]
    legacy = [each.keys["sso_start_url"] for each in sections if each.kind == "profile" and _is_legacy(each)]
    return [*named, *legacy]


def _is_legacy(section: Section) -> bool:
    return bool(section.keys.get("sso_start_url")) and not section.keys.get("sso_session")


def _accounts(profiles: Iterable[Section]) -> dict[str, list[str]]:
    """The role names in each account, by account id."""
    found: dict[str, list[str]] = {}
    for account_id, role_name in (each.role for each in profiles):
        found.setdefault(account_id, []).append(role_name)
    return found


def _option_value(spellings: Sequence[str], before: Sequence[str]) -> str | None:
    """The value of an option on the command line; for `--session` else the one of `SSOHELPER_SESSION`."""
    for number, word in enumerate(before):
        option, equals, value = word.partition("=")
        if option in spellings and (equals or number + 1 < len(before)):
            return value if equals else before[number + 1]
    return (os.environ.get("SSOHELPER_SESSION") or None) if spellings == _SESSION else None


def _matching(candidates: Iterable[Candidate], prefix: str) -> list[Candidate]:
    found = {each.value: each for each in candidates if each.value.startswith(prefix)}
    return [each for each in found.values() if (each.value + each.description).isprintable()]


def rejoin(shell: str, words: Sequence[str]) -> tuple[list[str], str]:
    """The words as the user typed them, and the part of the last word that the shell keeps.

    bash splits `--profile=pay` into three words and replaces only the last of them. PowerShell drops empty arguments,
    so its script puts `=` in front of the last word.
    """
    if shell == "powershell":
        return [*words[:-1], words[-1].removeprefix("=")], ""
    if shell != "bash":
        return list(words), ""
    joined: list[str] = []
    after_break = False
    for word in words:
        is_break = bool(word) and all(each in _BREAKS for each in word)
        if joined and (after_break or is_break):
            joined[-1] += word
        else:
            joined.append(word)
        after_break = is_break
    last = joined[-1] if joined else ""
    return joined, last[: 1 + max(map(last.rfind, _BREAKS))]


def output(shell: str, candidates: Iterable[Candidate], kept: str = "") -> str:
    """The lines for a shell, without the part of the word that it keeps. bash shows no descriptions."""
    values = ((_quoted(shell, each.value[len(kept) :]), each.description) for each in candidates)
    return "".join(f"{value}\n" if shell == "bash" else f"{value}\t{text}\n" for value, text in values)


def _quoted(shell: str, value: str) -> str:
    """A value quoted for the command line. zsh and fish quote by themselves."""
    if shell == "bash":
        return "".join(each if each in _PLAIN else f"\\{each}" for each in value)
    if shell == "powershell" and (not _POWERSHELL_PLAIN.issuperset(value) or _looks_like_a_parameter(value)):
        from ssohelper.shell import exports  # slow to load, rarely needed

        return exports.quoted(value, shell)
    return value


def _looks_like_a_parameter(value: str) -> bool:
    """Whether PowerShell would split it, as `-a.b`, or take it for a parameter of a function."""
    return value[0] == "-" and not value.startswith("--") and len(value) > 2
