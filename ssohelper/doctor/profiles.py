"""Whether each profile is whole, and means the same to every SDK."""

import difflib
import os
import re
import shlex
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ssohelper.aws_config import resolve
from ssohelper.aws_config.config_text import MARK, Option, Section
from ssohelper.doctor import fixes
from ssohelper.doctor.here import Here, option_of
from ssohelper.findings import Finding
from ssohelper.model import same_start_url

_EVERY_TOOL = "every tool that uses the profile"
# As alike as a slip makes two names of sessions: acme-dev is none of acme-prod.
_SLIP = 0.7


def findings(here: Here, portals: Collection[str]) -> Iterator[Finding]:
    """What is wrong with profiles, and with what they refer to; `portals` are the regions with Identity Center."""
    if "\r" in here.text.ends:
        return  # see `readable`
    for section in here.text.of_kind("sso-session"):
        yield from _half_a_session(here, section)
    for section in here.text.of_kind("profile"):
        for each in (
            *_half(here, section),
            *_account(here, section),
            *_session(here, section, portals),
            *_process(here, section),
        ):
            yield replace(each, profile=section.name)


def defaults(here: Here) -> Iterator[Finding]:
    """The default profile, under both of its headers."""
    both = [each for each in here.text.of_kind("profile") if each.name == "default"]
    if len(both) > 1:
        yield Finding(
            kind="two-defaults",
            what=f"[{both[0].header}] is there, and [{both[-1].header}]: of the two only one counts",
            affects="the AWS CLI and boto3, which take the later one, and others, which take [profile default]",
            mend=here.without(both[0]),
            broken=both[-1].header == "default",  # else all take the same
            file=here.file,
            line=both[0].first + 1,
            profile="default",
        )


def sources(here: Here, shared: Here) -> Iterator[Finding]:
    """Profiles that take the credentials of another one, which is not there; `shared` is the credentials file."""
    known = {each.name for each in here.text.of_kind("profile")} | {each.header for each in shared.text.sections}
    slips = {"".join(sorted(name)): name for name in known}
    for section in here.text.of_kind("profile"):
        option = option_of(section, "source_profile")
        if option is None or option.value in known or not option_of(section, "role_arn"):
            continue
        # Names are alike by nature, and another one is another role: only letters in another order are surely a slip.
        # Of others nobody but a person can tell which one is meant.
        meant = slips.get("".join(sorted(option.value)))
        yield Finding(
            kind="no-such-source",
            what=f"the profile {section.name!r} has source_profile = {option.value}, which is not there",
            affects=_EVERY_TOOL,
            mend=here.with_value(option, meant) if meant else fixes.edited(here.file, option.first + 1),
            file=here.file,
            line=option.first + 1,
            profile=section.name,
        )


def static_keys(here: Here, shared: Here) -> Iterator[Finding]:
    """Keys that go before what a profile says; `shared` is the credentials file."""
    elsewhere = {each.header: each for each in shared.text.sections}
    for section in here.text.of_kind("profile"):
        values = section.values()
        role, program = values.get("sso_role_name"), values.get("credential_process")
        for place, found in ((here, section), (shared, elsewhere.get(section.name))):
            key = option_of(found, "aws_access_key_id") if found else None
            if key is None or not (role or program):
                continue
            for_botocore = place is shared and not role
            yield Finding(
                kind="static-keys",
                what=f"there are keys for the profile {section.name!r}, which go before its "
                + ("role" if role else "credential_process"),
                affects=("the AWS CLI, boto3, " if for_botocore else "") + "the SDKs for JavaScript and Go",
                mend=place.without(key),
                broken=for_botocore,
                file=place.file,
                line=key.first + 1,
                profile=section.name,
            )


def _half(here: Here, section: Section) -> Iterator[Finding]:
    """A profile of Identity Center in which something is missing."""
    values = section.values()
    role = [key for key in ("sso_account_id", "sso_role_name") if values.get(key)]
    legacy = [key for key in ("sso_start_url", "sso_region") if values.get(key)]
    missing = []
    if len(role) == 1:
        missing = [key for key in ("sso_account_id", "sso_role_name") if key not in role]
    elif len(role) == 2 and not values.get("sso_session") and len(legacy) < 2:
        missing = [key for key in ("sso_start_url", "sso_region") if key not in legacy] if legacy else ["sso_session"]
    if missing:
        yield Finding(
            kind="half-configured",
            what=f"the profile {section.name!r} is for Identity Center, and has no {' and no '.join(missing)}",
            affects=_EVERY_TOOL,
            mend=" && ".join(filter(None, [here.without(section), here.sync(section)])),
            file=here.file,
            line=section.first + 1,
        )


def _account(here: Here, section: Section) -> Iterator[Finding]:
    """An account's id that is none; spreadsheets lose the zeros in front."""
    for key in ("sso_account_id", "ssohelper_account_id"):
        option = option_of(section, key)
        if option is not None and not re.fullmatch(r"\d{12}", option.value, re.ASCII):
            short = re.fullmatch(r"\d{9,11}", option.value, re.ASCII)
            yield Finding(
                kind="no-account-id",
                what=f"the profile {section.name!r} has {key} = {option.value}, and an account id has 12 digits",
                affects=_EVERY_TOOL,
                mend=here.with_value(option, option.value.zfill(12)) if short else here.without(section),
                file=here.file,
                line=option.first + 1,
            )


def _half_a_session(here: Here, section: Section) -> Iterator[Finding]:
    values = section.values()
    missing = [key for key in ("sso_start_url", "sso_region") if not values.get(key)]
    if missing:
        token = here.token(section.name)
        options = (
            ("--start-url", values.get("sso_start_url") or str(token.get("startUrl") or "")),
            ("--region", values.get("sso_region") or str(token.get("region") or "")),
        )
        known = [word for option, value in options if value for word in (option, value)]
        yield Finding(
            kind="half-a-session",
            what=f"the sso-session {section.name!r} has no {' and no '.join(missing)}",
            affects="every tool that uses one of its profiles",
            mend=shlex.join(["ssohelper", "configure", "--session", section.name, *known]),
            file=here.file,
            line=section.first + 1,
        )


def _session(here: Here, section: Section, portals: Collection[str]) -> Iterator[Finding]:
    """The session of a profile: it must be there, and say what the profile says."""
    known = {each.name: each for each in here.text.of_kind("sso-session")}
    option = option_of(section, "sso_session") or option_of(section, MARK)
    if option is not None and option.value not in known:
        near = difflib.get_close_matches(option.value, known, n=1, cutoff=_SLIP) or (
            list(known) if len(known) == 1 else []
        )
        yield Finding(
            kind="no-such-session",
            what=f"the profile {section.name!r} names the sso-session {option.value!r}, which is not there",
            affects=_EVERY_TOOL,
            mend=here.with_value(option, near[0])
            if near
            else f"ssohelper configure --session {shlex.quote(option.value)}",
            file=here.file,
            line=option.first + 1,
        )
        return
    if option is None or option.key == MARK:
        yield from _legacy(here, section, portals)
        return
    said = known[option.value].values()
    for key in ("sso_start_url", "sso_region"):
        own = option_of(section, key)
        if own is not None and own.value != said.get(key, own.value):
            yield Finding(
                kind="contradiction",
                what=f"the profile {section.name!r} has another {key} than its sso-session {option.value!r}",
                affects="the AWS CLI, boto3 and all that is built on them: they refuse the profile",
                mend=here.without(own),
                file=here.file,
                line=own.first + 1,
            )


def _legacy(here: Here, section: Section, portals: Collection[str]) -> Iterator[Finding]:
    values = section.values()
    url, region = option_of(section, "sso_start_url"), option_of(section, "sso_region")
    if url is None or region is None or MARK in values:
        return
    known, names = resolve.read(here.text), {each.name for each in here.text.of_kind("sso-session")}
    same = [each for each in known.values() if same_start_url(each.start_url, url.value)]
    named = min(same, key=lambda each: each.region != region.value, default=None)
    elsewhere = named is not None and named.region != region.value
    wrong = f", and {named.name} is in {named.region}, not in {region.value}" if named and elsewhere else ""
    possible = not elsewhere and region.value in portals
    yield Finding(
        kind="legacy",
        what=f"the profile {section.name!r} has a start URL in place of sso_session: its sign-in is never renewed"
        + wrong,
        affects="every tool: a person has to sign in again when the access token ends"
        if possible
        else f"every tool: they look for Identity Center in {region.value}",
        mend=fixes.as_session(here.file, here.text.lines, url.first + 1, region.first + 1, named.name)
        if named
        else _new_session(
            resolve.name_for(url.value, names), url.value, region.value if region.value in portals else None
        ),
        broken=not possible,
        file=here.file,
        line=section.first + 1,
    )


def _new_session(name: str, start_url: str, region: str | None) -> str:
    """The commands that give a start URL a session, and its profiles, too; a region that is left out is asked for."""
    where = () if region is None else ("--region", region)
    of = ("--session", name)
    commands = [
        ("configure", *of, "--start-url", start_url, *where),
        ("login", *of),
        ("sync", *of, "--adopt"),
    ]
    return " && ".join(shlex.join(["ssohelper", *words]) for words in commands)


def _process(here: Here, section: Section) -> Iterator[Finding]:
    """The program that a profile runs for credentials."""
    option = option_of(section, "credential_process")
    if option is None:
        return
    values = section.values()
    if values.get("sso_account_id") and values.get("sso_role_name"):
        missing = _Program.of(here, option).missing
        yield Finding(
            kind="two-sources",
            what=f"the profile {section.name!r} has credential_process beside a role of Identity Center"
            + (f": {missing}" if missing else ""),
            affects="the SDK for JavaScript runs the program; the AWS CLI, boto3, Go, Java and Rust do not",
            mend=here.without(option),
            broken=missing is not None,
            file=here.file,
            line=option.first + 1,
        )
        return
    yield from _keys_for_java(here, section)
    yield from _program(here, section, option)


class _Program(NamedTuple):
    """The words of a `credential_process`, none where they cannot be told apart, and where its program is."""

    words: list[str]
    found: str | None

    @classmethod
    def of(cls, here: Here, option: Option) -> "_Program":
        try:
            words = shlex.split(option.value)
        except ValueError:
            words = []
        return cls(words, here.which(words[0]) if words else None)

    @property
    def missing(self) -> str | None:
        """Why it cannot be run; None where it can."""
        if self.found:
            return None
        return f"{self.words[0]!r} is not there, or cannot be run" if self.words else "a quote is not closed"


def _keys_for_java(here: Here, section: Section) -> Iterator[Finding]:
    """Single keys of Identity Center beside a program; of half a role something worse is said."""
    if section.values().keys() & {"sso_account_id", "sso_role_name"}:
        return
    for option in section.options:
        if option.key.startswith("sso_"):
            yield Finding(
                kind="key-beside-program",
                what=f"the profile {section.name!r} has {option.key} beside credential_process",
                affects="the SDK for Java: it takes the profile for one of Identity Center, and misses the rest",
                mend=here.without(option),
                broken=False,
                file=here.file,
                line=option.first + 1,
            )


def _program(here: Here, section: Section, option: Option) -> Iterator[Finding]:
    program = _Program.of(here, option)
    words, found = program
    if found is None:
        # Without its program the profile is for nothing, and who names it had better be told.
        yield Finding(
            kind="no-program",
            what=f"the profile {section.name!r} gets nothing from its credential_process: {program.missing}",
            affects=_EVERY_TOOL,
            mend=(MARK in section.values() and here.sync(section, "--yes")) or here.without(section),
            file=here.file,
            line=option.first + 1,
        )
    elif not os.path.isabs(words[0]):  # noqa: PTH117 (a word of a command line)
        yield Finding(
            kind="relative-program",
            what=f"the credential_process of {section.name!r} is not named by its whole path: {words[0]!r}",
            affects="programs that a desktop, cron or a service starts: their PATH is another one",
            mend=here.with_value(option, shlex.join([str(Path(found).absolute()), *words[1:]])),
            broken=False,
            file=here.file,
            line=option.first + 1,
        )
    elif len(words[0].split()) > 1:
        link = Path.home() / ".local" / "bin" / Path(words[0]).name.replace(" ", "-")
        linked = f"mkdir -p {shlex.quote(str(link.parent))} && ln -s {shlex.quote(words[0])} {shlex.quote(str(link))}"
        value = here.with_value(option, shlex.join([str(link), *words[1:]]))
        yield Finding(
            kind="blanks-in-program",
            what=f"the path of the credential_process of {section.name!r} has a blank in it",
            affects="tools that take it apart at blanks, such as awsume, and SDKs on Windows",
            mend=f"{linked} && {value}",
            broken=False,
            file=here.file,
            line=option.first + 1,
        )
