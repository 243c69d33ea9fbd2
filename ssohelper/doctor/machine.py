"""The machine around it all: its clock, the size of the config file, the agent. Times are in Unix seconds."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ssohelper import durations
from ssohelper.doctor import fixes
from ssohelper.findings import Finding

# AWS takes no signature of a request that is dated further off:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
_SKEW_SECONDS = 5 * 60
_WORTH_TELLING_SECONDS = 60
# Some 2,000 profiles; an `aws` call that does nothing else takes half a second.
_SLOW_SECONDS = 0.1
# The agent compares clocks twice a minute; a machine that has just woken up gives it a moment.
_LATE_SECONDS = 5 * 60


def clock(here: float, there: float) -> Iterator[Finding]:
    """This machine's clock against Identity Center's."""
    off = here - there
    if abs(off) >= _WORTH_TELLING_SECONDS:
        set_it = "sudo sntp -sS time.apple.com" if sys.platform == "darwin" else "sudo timedatectl set-ntp true"
        yield Finding(
            kind="clock",
            what=f"the clock of this machine is {durations.shown(abs(off))} {'ahead' if off > 0 else 'behind'}",
            affects="every tool: AWS refuses what is signed more than 5 minutes off; what is left is told wrong",
            mend=set_it,
            broken=abs(off) >= _SKEW_SECONDS,
        )


def size(file: Path, profiles: int, seconds: float | None, settings: Path) -> Iterator[Finding]:
    """A config file so large that every AWS tool is slower for it; `seconds` is what botocore takes to read it."""
    if seconds is not None and seconds >= _SLOW_SECONDS:
        yield Finding(
            kind="large-config",
            what=f"the config file has {profiles} profiles, and takes {seconds:.1f} s to read",
            affects="every call of the AWS CLI, and every program that begins with boto3: they read all of it",
            mend=f"{fixes.edited(settings)}  # include what you use, then: ssohelper sync",
            broken=False,
            file=file,
        )


def agent(facts: Mapping[str, Any], now: float, *, installed: bool) -> Iterator[Finding]:
    """The agent, where there is to be one; `facts` are what it tells of itself."""
    if not facts["runs"]:
        if installed:
            yield _agent("agent-not-running", "the agent is installed, and does not run", "ssohelper agent start")
        return
    due = facts.get("next_look")
    if isinstance(due, int | float) and now - due > _LATE_SECONDS:
        restart = "ssohelper agent stop; ssohelper agent start"
        yield _agent("agent-asleep", f"the agent should have looked {durations.shown(now - due)} ago", restart)
    if facts.get("problem"):
        yield _agent("agent-failing", f"the agent cannot work: {facts['problem']}", "ssohelper agent status")
    for session, each in facts.get("sessions", {}).items():
        problems = [(each.get("problem"), each.get("hint"))]
        problems += [(role.get("problem"), role.get("hint")) for role in each.get("roles", [])]
        for problem, hint in problems:
            if problem:
                mend = hint or "ssohelper agent status"
                yield _agent("agent-failing", f"the agent cannot keep {session} fresh: {problem}", mend)


def _agent(kind: str, what: str, mend: str) -> Finding:
    return Finding(kind=kind, what=what, affects="you: nothing is renewed ahead of time", mend=mend, broken=False)
