"""The agent: whether it is running if it is installed, and which refreshes fail."""

from collections.abc import Iterator

from ssohelper import durations
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding

# The agent checks the clock once a minute, and needs a moment after the machine wakes up.
_LATE_SECONDS = 5 * 60


def check(checkup: Checkup) -> Iterator[Finding]:
    """The state of the agent (see `agent_process.state`)."""
    state = checkup.agent
    if not state["running"]:
        if checkup.agent_installed:
            yield _finding("agent-not-running", "the agent is installed, but not running", "ssohelper agent start")
        return
    due = state.get("next_check_at")
    if isinstance(due, int | float) and checkup.now - due > _LATE_SECONDS:
        late = durations.shown(checkup.now - due)
        restart = "ssohelper agent stop; ssohelper agent start"
        yield _finding("agent-stuck", f"the agent does not respond: its check is {late} overdue", restart)
    if state.get("problem"):
        yield _finding("agent-failing", f"the agent fails: {state['problem']}", "ssohelper agent status")
    for session, each in state.get("sessions", {}).items():
        for failed in (each, *each.get("roles", [])):
            if problem := failed.get("problem"):
                fix = failed.get("hint") or "ssohelper agent status"
                yield _finding("agent-failing", f"the agent cannot refresh {session}: {problem}", fix)


def _finding(kind: str, message: str, fix: str) -> Finding:
    affects = "you: tokens and credentials are not refreshed ahead of time"
    return Finding(kind=kind, message=message, affects=affects, fix=fix, severity="warning")
