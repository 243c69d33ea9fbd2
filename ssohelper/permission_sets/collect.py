"""Which questions to ask next, given an answer. Pure.

`ListAccountAssignments` is asked for provisioned pairs only: for every set with every account it would be several
times as many calls.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ssohelper.permission_sets import policy_document
from ssohelper.permission_sets.actions import Actions
from ssohelper.permission_sets.questions import Answer, Question

_OF_SET = ("description", "managed", "customer-managed", "inline", "boundary", "tags", "provisioned", "outdated")
_REQUESTS = ("assignment", "removal", "provisioning")
_UNFINISHED = ("FAILED", "IN_PROGRESS")
# With more users than this to name, all of them are listed: 100 in one call.
_MOST_SINGLE_USERS = 200
# Of each kind, so many failed requests are looked at, the newest.
_MOST_REQUESTS = 200


class Scope(NamedTuple):
    """What to ask for. `quick`: assignments of groups only. `members`: who is in each group. `validate`: problems."""

    quick: bool = False
    members: bool = False
    validate: bool = False

    def covers(self, other: "Scope") -> bool:
        """Whether everything that another scope asks for is asked for."""
        return self.quick <= other.quick and self.members >= other.members and self.validate >= other.validate


class Collection:
    """What was asked so far, and what follows.

    Without `actions`, it is not known which actions `s3:*` stands for, so that IAM is not asked about it.
    """

    def __init__(self, scope: Scope, actions: Actions | None) -> None:
        self._scope = scope
        self._actions = actions
        self._asked: set[Question] = set()
        self._groups: set[str] = set()
        self._listed_groups: set[str] | None = None
        self._users: set[str] = set()
        self._listed_users: set[str] | None = None
        self._pairs_for_all = not scope.quick
        self._provisioned: dict[str, list[str]] = {}
        self._inline: dict[str, str] = {}
        self._boundaries: dict[str, str] = {}
        self._documents: dict[str, str] = {}
        self._paths_missing = False
        self._units: list[str] = []

    def first(self) -> list[Question]:
        """The questions to begin with."""
        lists = [Question(each) for each in ("permission-sets", "attributes", "groups", "accounts", "roots")]
        requests = [Question("requests", (kind, status)) for kind in _REQUESTS for status in _UNFINISHED]
        return self._new([*lists, *requests])

    def following(self, question: Question, answer: Answer) -> list[Question]:
        """The questions that an answer leads to, without those that were asked."""
        return self._new(self._following(question, answer))

    def after_failure(self, question: Question) -> list[Question]:
        """The questions that replace one that could not be answered."""
        if question.kind == "assignments-of-group":
            return self._ask_for_pairs()
        if question.kind in ("groups", "users"):
            asked = self._new(self._directory(question.kind, set()))
            return asked + (self._ask_for_pairs() if question.kind == "groups" else [])
        return []

    def _ask_for_pairs(self) -> list[Question]:
        """Ask for the assignments of every pair, if they were to be asked for by group."""
        if self._pairs_for_all:
            return []
        self._pairs_for_all = True
        return self._new(pair for arn in self._provisioned for pair in self._pairs(arn))

    def _new(self, questions: Iterable[Question]) -> list[Question]:
        found = []
        for each in questions:
            if each not in self._asked:
                self._asked.add(each)
                found.append(each)
        return found

    def _following(self, question: Question, answer: Answer) -> Iterator[Question]:
        kind, key = question
        match kind:
            case "permission-sets":
                yield from (Question(each, (arn,)) for arn in answer for each in _OF_SET)
            case "provisioned":
                self._provisioned[key[0]] = answer
                yield from self._pairs(key[0])
            case "assignments":
                yield from (each for row in answer for each in self._principal(*row))
            case "assignments-of-group":
                yield from (each for row in answer for each in self._principal(row[2], row[3]))
            case "members":
                yield from (each for user in answer for each in self._principal("USER", user))
            case "groups" | "users":
                yield from self._directory(kind, {each["id"] for each in answer})
            case "requests":
                newest = sorted(answer, key=lambda row: row[1] or 0, reverse=True)[:_MOST_REQUESTS]
                yield from (Question("request", (key[0], row[0])) for row in newest)
            case "accounts" | "roots" | "units":
                yield from self._tree(kind, answer)
            case "managed" | "inline" | "boundary" | "document":
                yield from self._policies(kind, key[0], answer)

    def _pairs(self, arn: str) -> Iterator[Question]:
        if self._pairs_for_all:
            yield from (Question("assignments", (arn, each)) for each in self._provisioned[arn])

    def _directory(self, kind: str, listed: set[str]) -> Iterator[Question]:
        """Ask whether each assigned group or user that is not `listed` exists."""
        if kind == "users":
            self._listed_users = listed
            yield from (Question("user", (each,)) for each in sorted(self._users - listed))
            return
        self._listed_groups = listed
        yield from (Question("group", (each,)) for each in sorted(self._groups - listed))
        if self._scope.quick:
            yield from (Question("assignments-of-group", (each,)) for each in sorted(listed))

    def _principal(self, principal_type: str, principal_id: str) -> Iterator[Question]:
        if principal_type == "GROUP":
            self._groups.add(principal_id)
            yield Question("members" if self._scope.members else "first-members", (principal_id,))
            if self._listed_groups is not None and principal_id not in self._listed_groups:
                yield Question("group", (principal_id,))
            return
        self._users.add(principal_id)
        if len(self._users) > _MOST_SINGLE_USERS and self._listed_users is None:
            yield Question("users")
        elif principal_id not in (self._listed_users or ()):
            yield Question("user", (principal_id,))

    def _tree(self, kind: str, answer: Answer) -> Iterator[Question]:
        """The organizational units; and the accounts in each of them, where AWS did not say it of the accounts."""
        if kind == "accounts":
            self._paths_missing = any(each["parent"] is None for each in answer)
            new: list[str] = []
        else:
            new = answer if kind == "roots" else [unit_id for unit_id, _ in answer]
            self._units += new
        yield from (Question("units", (each,)) for each in new)
        if self._paths_missing:
            yield from (Question("accounts-in", (each,)) for each in self._units)

    def _policies(self, kind: str, key: str, answer: Answer) -> Iterator[Question]:
        if kind == "managed":
            yield from (Question("document", (arn,)) for arn in answer)
        elif kind == "inline" and answer:
            self._inline[key] = answer
            if self._scope.validate:
                yield Question("problems", (key, answer))
        elif kind == "boundary" and isinstance(answer, str) and answer:
            self._boundaries[key] = answer
            yield Question("document", (answer,))
        elif kind == "document":
            self._documents[key] = answer
        yield from self._simulations()

    def _simulations(self) -> Iterator[Question]:
        """For each set whose inline policy and boundary are known: what the boundary blocks of the policy."""
        for arn in [each for each in self._inline if self._boundaries.get(each) in self._documents]:
            policy = self._inline.pop(arn)
            actions = self._one_of_each_service(policy)
            if actions:
                yield Question("blocked", (arn, policy, self._documents[self._boundaries[arn]], *actions))

    def _one_of_each_service(self, policy: str) -> list[str]:
        """An action of each service that a policy allows something of; wildcards are completed by `actions`."""
        found: dict[str, str] = {}
        for pattern in policy_document.allowed_patterns([policy]):
            service = pattern.partition(":")[0]
            if service in found or service == "*":
                continue
            if "*" not in pattern and "?" not in pattern:
                found[service] = pattern
            elif self._actions:
                found[service] = next(self._actions.matching(pattern), "")
        return sorted(filter(None, found.values()))
