"""What TAB offers: the values of options, quickly, and how each shell is told. Loads neither click nor the grammar.

A shell asks `ssohelper complete SHELL -- WORDS`, the words of the line up to the cursor, the last of them the one
that is being typed (perhaps empty), and gets a line for each offer: the value, a tabulator, what it is.
"""

from __future__ import annotations

import os

from ssohelper.aws_config import fast_scan

TYPE_CHECKING = False  # see config_scan
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssohelper.aws_config.fast_scan import Section

# Options that take a value which the config file knows.
OPTIONS = ("--profile", "--session", "--account-id", "--role-name")
# Commands whose first argument is a profile: any, or one that is for a role.
_ANY_PROFILE, _ROLE_PROFILE = ("use", "doctor"), ("console", "unlock")
# bash ends a word at these, and takes what is offered for the rest behind them.
_BREAKS = ":="
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@/%+:,=-")

_POWERSHELL_PLAIN = _PLAIN - frozenset("@%+,")


class Offer:
    """A value, and what it is."""

    __slots__ = ("value", "what")

    def __init__(self, value: str, what: str = "") -> None:
        self.value, self.what = value, what


def quick(words: Sequence[str]) -> list[Offer] | None:
    """What is offered at the end of a line, where a value of the config file is due there; None where not.

    `words` are those behind `ssohelper`; the last is being typed.
    """
    *before, typed = words or [""]
    if "--" in before:
        return None
    if before and before[-1] in OPTIONS:
        return of_option(before[-1], before, typed)
    option, equals, begun = typed.partition("=")
    if equals and option in OPTIONS:
        return [Offer(f"{option}={each.value}", each.what) for each in of_option(option, before, begun)]
    if len(before) == 1 and before[0] in _ANY_PROFILE + _ROLE_PROFILE and not typed.startswith("-"):
        return of_argument(before[0], typed)
    return None


def of_option(option: str, before: Sequence[str], typed: str) -> list[Offer]:
    """The values of an option that begin so; what stands `before` says which session and account are meant."""
    sections = fast_scan.config()
    profiles = [each for each in sections if each.kind == "profile" and each.account_id and each.role_name]
    session, account_id = _said("--session", before), _said("--account-id", before)
    profiles = [each for each in profiles if session in (None, each.session)]
    if option == "--profile":
        return _fitting(map(_of_profile, profiles), typed)
    if option == "--session":
        return _fitting(map(Offer, _sessions(sections)), typed)
    if option == "--account-id":
        return _fitting((Offer(each, ", ".join(roles)) for each, roles in _accounts(profiles).items()), typed)
    roles = [each.role_name for each in profiles if account_id in (None, each.account_id)]
    return _fitting(map(Offer, sorted(set(roles))), typed)


def of_argument(command: str, typed: str) -> list[Offer]:
    """The profiles that begin so, for a command that takes one."""
    profiles = [each for each in fast_scan.config() if each.kind == "profile"]
    if command in _ROLE_PROFILE:
        return _fitting((_of_profile(each) for each in profiles if each.role_name), typed)
    shared = (Offer(name) for name in fast_scan.shared_profiles())
    return _fitting([*map(_of_profile, profiles), *shared], typed)


def _of_profile(section: Section) -> Offer:
    return Offer(section.name, f"{section.role_name} in {section.account_id}" if section.role_name else "")


def _sessions(sections: Iterable[Section]) -> list[str]:
    named = [each.name for each in sections if each.kind == "sso-session"]
    legacy = [each.keys["sso_start_url"] for each in sections if each.kind == "profile" and _is_legacy(each)]
    return [*named, *legacy]


def _is_legacy(section: Section) -> bool:
    return bool(section.keys.get("sso_start_url")) and not section.keys.get("sso_session")


def _accounts(profiles: Iterable[Section]) -> dict[str, list[str]]:
    """The accounts, and the roles in each."""
    found: dict[str, list[str]] = {}
    for each in profiles:
        found.setdefault(each.account_id, []).append(each.role_name)
    return found


def _said(option: str, before: Sequence[str]) -> str | None:
    """The value that an option has been given."""
    for number, word in enumerate(before):
        if word == option and number + 1 < len(before):
            return before[number + 1]
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return (os.environ.get("SSOHELPER_SESSION") or None) if option == "--session" else None


def _fitting(offers: Iterable[Offer], typed: str) -> list[Offer]:
    found = {each.value: each for each in offers if each.value.startswith(typed)}
    return [each for each in found.values() if (each.value + each.what).isprintable()]


def joined(shell: str, words: Sequence[str]) -> tuple[list[str], str]:
    """The words as they were typed, and what of the last one the shell takes for granted.

    bash splits `--profile=pay` into three words, and wants what follows the `=` alone. PowerShell loses an empty word
    on the way, so that there an `=` stands before the one that is being typed.
    """
    if shell == "powershell":
        return [*words[:-1], words[-1].removeprefix("=")], ""
    if shell != "bash":
        return list(words), ""
    found: list[str] = []
    goes_on = False
    for word in words:
        is_break = bool(word) and all(each in _BREAKS for each in word)
        if found and (goes_on or is_break):
            found[-1] += word
        else:
            found.append(word)
        goes_on = is_break
    last = found[-1] if found else ""
    return found, last[: 1 + max(map(last.rfind, _BREAKS))]


def lines(shell: str, offers: Iterable[Offer], granted: str = "") -> str:
    """What the shell is told; `granted` is what it has of the word already. bash shows no more than the values."""
    values = ((_written(shell, each.value[len(granted) :]), each.what) for each in offers)
    return "".join(f"{value}\n" if shell == "bash" else f"{value}\t{what}\n" for value, what in values)


def _written(shell: str, value: str) -> str:
    """A value as it has to stand in the line; zsh and fish see to that themselves."""
    if shell == "bash":
        return "".join(each if each in _PLAIN else f"\\{each}" for each in value)
    if shell == "powershell" and not _POWERSHELL_PLAIN.issuperset(value):
        from ssohelper.shell import exports  # next to nobody needs it

        return exports.quoted(value, shell)
    return value
