"""What the agent has to do next, by how everything stood after its last look. Pure; times are Unix seconds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ssohelper.refresher import schedule
from ssohelper.refresher.worker import Renewed

# Even where nothing is due, what a watch may have missed is looked for.
_LONGEST_SECONDS = 3600.0


@dataclass(slots=True)
class Agenda:
    """How often each thing has failed in a row, by its name."""

    failures: dict[str, int] = field(default_factory=dict)

    def next_look(self, renewed: Iterable[Renewed], now: float) -> float:
        """When the next look is due; what only a person can mend is left out: a sign-in is seen when it comes."""
        times, failures = [now + _LONGEST_SECONDS], dict[str, int]()
        for name, due in _things(renewed, now):
            if due <= now:  # it was due in this look already
                failures[name] = self.failures.get(name, 0) + 1
                times.append(schedule.again(now, failures[name]))
            else:
                times.append(due)
        self.failures = failures
        return min(times)

    def after_nothing(self, now: float) -> float:
        """When to look again after a look that came to nothing."""
        failures = self.failures.get("", 0) + 1
        self.failures = {**self.failures, "": failures}
        return schedule.again(now, failures)


def _things(renewed: Iterable[Renewed], now: float) -> Iterator[tuple[str, float]]:
    """What is due when: tokens, and roles, but for those of which nothing new can be had."""
    for session in renewed:
        if session.needs_person:
            continue
        ends = session.token_ends if ends_with_sign_in(session, now) else None
        yield session.session, ends or schedule.due(session.token_ends)
        for role in session.roles:
            if not role.lasting:
                yield f"{session.session} {role.account_id} {role.role_name}", schedule.due(role.ends)


def ends_with_sign_in(session: Renewed, now: float) -> bool:
    """Whether a token was renewed for less than the usual time: then it ends together with its sign-in."""
    due = session.token_ends is not None and schedule.due(session.token_ends) <= now
    return due and session.problem is None


def summary(renewed: Iterable[Renewed]) -> Mapping[str, object]:
    """How everything stands, as plain data without secrets."""
    return {
        each.session: {
            "token_ends": each.token_ends,
            "problem": each.problem,
            "hint": each.hint,
            "roles": [
                {
                    "account_id": role.account_id,
                    "role_name": role.role_name,
                    "ends": role.ends,
                    "problem": role.problem,
                }
                for role in each.roles
            ],
        }
        for each in renewed
    }
