"""Asks everything that a collection wants to know, of all services at the same time."""

import queue
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from ssohelper.errors import Locked, SignInRequired, SourceRejected, SsohelperError, Unavailable
from ssohelper.identity_center.admin_service import WORKERS, AdminService
from ssohelper.permission_sets import services as questioned
from ssohelper.permission_sets.collect import Collection
from ssohelper.permission_sets.kept_answers import Writer
from ssohelper.permission_sets.questions import Answer, Question
from ssohelper.permission_sets.services import Services

# After so many failures in a row a service or the network is down, and its remaining questions are not questioned.
_MAX_FAILURES_IN_A_ROW = 20
# These concern every question: nothing can be read.
_FATAL = (SignInRequired, SourceRejected, Locked)

Answers = dict[Question, Answer]
Failures = dict[Question, str]


class _Outcome(NamedTuple):
    """What became of a question: an answer, or an error."""

    question: Question
    answer: Answer
    error: BaseException | None


def ask_all(
    services: Services,
    collection: Collection,
    kept: Answers,
    writer: Writer,
    progress: Callable[[int, int, float], None],
) -> tuple[Answers, Failures]:
    """The answers to every question, `kept` ones among them, and the reasons why some were not answered.

    `progress` is called with the number of answers, of questions so far, and of calls a second. A service that denies
    or fails leaves its questions unanswered. Raises `SignInRequired`, `SourceRejected` and `Locked`, after all calls
    have ended.
    """
    run = _Run(services, kept, writer)
    try:
        run.put(collection.first())
        while run.pending:
            outcome = run.next()
            run.put(
                collection.after_failure(outcome.question)
                if outcome.error
                else collection.following(outcome.question, outcome.answer)
            )
            progress(run.done, run.done + run.pending, run.rate)
    finally:
        run.close()
    return run.answers, run.failures


class _Run:
    """The questions that are being asked, each service on threads of its own."""

    def __init__(self, services: Services, kept: Answers, writer: Writer) -> None:
        self.answers: Answers = {}
        self.failures: Failures = {}
        self.pending = 0
        self._services = services
        self._kept = kept
        self._writer = writer
        self._outcomes: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()
        self._pools: dict[AdminService, ThreadPoolExecutor] = {}
        self._failures_in_a_row: dict[AdminService, int] = {}

    @property
    def done(self) -> int:
        """How many questions have an outcome."""
        return len(self.answers) + len(self.failures)

    @property
    def rate(self) -> float:
        """How many calls a second the busiest service is sent."""
        return max((each.limiter.rate for each in self._pools), default=0.0)

    def put(self, new: Iterable[Question]) -> None:
        """Ask these questions, unless their answers are kept."""
        for each in new:
            self.pending += 1
            if each in self._kept:
                self._outcomes.put(_Outcome(each, self._kept[each], None))
                continue
            service = questioned.service_of(self._services, each)
            if service not in self._pools:
                self._pools[service] = ThreadPoolExecutor(WORKERS, service.service.client)
            self._pools[service].submit(self._ask, service, each)

    def next(self) -> _Outcome:
        """Wait for the outcome of a question. Raises what concerns every question."""
        outcome = self._outcomes.get()
        self.pending -= 1
        if isinstance(outcome.error, _FATAL) or not isinstance(outcome.error, SsohelperError | None):
            raise outcome.error
        if outcome.error is None:
            self.answers[outcome.question] = outcome.answer
            if outcome.question not in self._kept:
                self._writer.answer(outcome.question, outcome.answer)
        else:
            self.failures[outcome.question] = str(outcome.error)
        return outcome

    def close(self) -> None:
        """End all calls, and wait for that."""
        for service, pool in self._pools.items():
            if self.pending:
                service.stop()
            pool.shutdown(wait=True, cancel_futures=True)

    def _ask(self, service: AdminService, question: Question) -> None:
        failures = self._failures_in_a_row
        try:
            if failures.get(service, 0) >= _MAX_FAILURES_IN_A_ROW:
                raise Unavailable("skipped after too many failures in a row")
            answer, error = questioned.ask(self._services, question), None
            failures[service] = 0
        except BaseException as caught:  # noqa: BLE001 (the thread that waits raises it)
            answer, error = None, caught
            if isinstance(caught, Unavailable):
                failures[service] = failures.get(service, 0) + 1
        self._outcomes.put(_Outcome(question, answer, error))
