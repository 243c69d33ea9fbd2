"""What the agent has to do next, by how everything stood after its last look. Pure; times are Unix seconds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ssohelper.refresher import schedule
from ssohelper.refresher.worker import Renewed

# Even where nothing is due, what a watch may have missed is looked for.
_LONGEST_SECONDS = 3600.0


@dataclass(slots=True)
class Agenda:
    """How often each thing has failed in a row, by its name."""

    failures: dict[str, int] = field(default_factory=dict)

    def next_look(self, renewed: Sequence[Renewed], now: float) -> float:
        """When the next look is due; what only a person can mend is left out: a sign-in is seen when it comes."""
        times, failures = [now + _LONGEST_SECONDS], dict[str, int]()
        for name, due in _things(renewed):
            if due <= now:  # it was due in this look already
                failures[name] = self.failures.get(name, 0) + 1
                times.append(schedule.again(now, failures[name]))
            else:
                times.append(due)
        times += [moment for moment in map(_notification, renewed) if moment > now]
        self.failures = failures
        return min(times)

    def after_nothing(self, now: float) -> float:
        """When to look again after a look that came to nothing."""
        failures = self.failures.get("", 0) + 1
        self.failures = {**self.failures, "": failures}
        return schedule.again(now, failures)


def _things(renewed: Iterable[Renewed]) -> Iterator[tuple[str, float]]:
    """What is due when: tokens, and roles, but for those of which nothing new can be had."""
    for session in renewed:
        if session.needs_person:
            continue
        yield session.session, schedule.token_due(session.token_ends, session.sign_in_ends)
        for role in session.roles:
            if not role.lasting:
                yield f"{session.session} {role.account_id} {role.role_name}", schedule.due(role.ends)


def _notification(session: Renewed) -> float:
    """When the person is told that the sign-in will end; 0 where that is not known."""
    return 0.0 if session.sign_in_ends is None else session.sign_in_ends - session.notify_ahead


def summary(renewed: Iterable[Renewed]) -> Mapping[str, object]:
    """How everything stands, as plain data without secrets."""
    return {
        each.session: {
            "token_ends": each.token_ends,
            "sign_in_ends": each.sign_in_ends,
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
