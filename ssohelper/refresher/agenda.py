"""What the agent has to do next, by the results of its last check. Pure; times are in Unix seconds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ssohelper.refresher import schedule
from ssohelper.refresher.worker import RefreshResult

# Even if nothing is due, the agent checks for what the file watch may have missed.
_LONGEST_SECONDS = 3600.0


@dataclass(slots=True)
class Agenda:
    """How often each refresh has failed in a row, by its name."""

    failures: dict[str, int] = field(default_factory=dict)

    def next_check(self, results: Sequence[RefreshResult], now: float) -> float:
        """When the next check is due. A sign-in that only a person can make is noticed by the file watch."""
        times, failures = [now + _LONGEST_SECONDS], dict[str, int]()
        for name, due in _due_times(results, now):
            if due <= now:  # it was due in this check already, and failed
                failures[name] = self.failures.get(name, 0) + 1
                times.append(schedule.retry(now, failures[name]))
            else:
                times.append(due)
        times += [moment for moment in map(_notification, results) if moment > now]
        self.failures = failures
        return min(times)

    def after_failure(self, now: float) -> float:
        """When to check again after a check that gave no result."""
        failures = self.failures.get("", 0) + 1
        self.failures = {**self.failures, "": failures}
        return schedule.retry(now, failures)


def _due_times(results: Iterable[RefreshResult], now: float) -> Iterator[tuple[str, float]]:
    """When each token and role is due, except those that cannot be refreshed."""
    for result in results:
        if result.needs_person:
            continue
        yield result.session, schedule.token_due(result.token_expires_at, result.sign_in_expires_at)
        for role in result.roles:
            if not role.permanent:
                refreshed = result.problem is None and role.problem is None
                expires_at = role.expires_at
                yield (
                    role.source.text,
                    schedule.due_after_refresh(expires_at, now) if refreshed else schedule.due(expires_at),
                )


def _notification(result: RefreshResult) -> float:
    """When the user is notified that the sign-in will expire; 0 if that is not known."""
    return 0.0 if result.sign_in_expires_at is None else result.sign_in_expires_at - result.notify_ahead


def summary(results: Iterable[RefreshResult]) -> Mapping[str, object]:
    """The state of everything as JSON data, without secrets."""
    return {
        result.session: {
            "token_expires_at": result.token_expires_at,
            "sign_in_expires_at": result.sign_in_expires_at,
            "problem": result.problem,
            "hint": result.hint,
            "roles": [
                {
                    "account_id": each.source.account_id,
                    "role_name": each.source.role_name,
                    "expires_at": each.expires_at,
                    "problem": each.problem,
                }
                for each in result.roles
            ],
        }
        for result in results
    }
