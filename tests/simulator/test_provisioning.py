"""Requests that take time."""

from ssohelper.simulator.provisioning import Change, ChangeRequest, ChangeRequests, Refused


def request(change: Change = Change.PROVISIONING, created: float = 0) -> ChangeRequest:
    """A request for a permission set."""
    return ChangeRequest(change, created, "Admin", "arn")


def test_order() -> None:
    """Changes are made in the order in which they are due: each account makes its own one after the other."""
    made: list[tuple[str, float]] = []
    requests = ChangeRequests(lambda each, account_id: made.append((account_id, each.created)))
    requests.add(request(created=0), ["a", "b"], 10)
    requests.add(request(created=1), ["a"], 10)
    requests.add(request(created=2), ["c"], 10)
    requests.advance(9.9)
    assert made == []
    requests.advance(12)
    assert made == [("a", 0), ("b", 0), ("c", 2)]
    requests.advance(20)
    assert made == [("a", 0), ("b", 0), ("c", 2), ("a", 1)]


def test_status() -> None:
    """A request is in progress until its last account is done; it has failed if one did, for the first reason."""

    def perform(_: ChangeRequest, account_id: str) -> None:
        if account_id in "bc":
            raise Refused(f"not in {account_id}")

    requests = ChangeRequests(perform)
    good, bad, none = request(), request(), request()
    requests.add(good, ["a"], 1)
    requests.add(bad, ["b", "c", "a"], 1)
    requests.add(none, [], 1)
    assert [each.status for each in (good, bad, none)] == ["IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"]
    requests.advance(1)
    assert [each.status for each in (good, bad, none)] == ["SUCCEEDED", "IN_PROGRESS", "SUCCEEDED"]
    requests.advance(2)
    assert (bad.status, bad.failure_reason) == ("FAILED", "not in b")


def test_kinds() -> None:
    """Requests are listed by what they change, and each has an id of its own."""
    requests = ChangeRequests(lambda *_: None)
    made = [request(each) for each in (*Change, *Change)]
    for each in made:
        requests.add(each, ["a"], 0)
    assert [requests.of(each) for each in Change] == [[made[number], made[number + 3]] for number in range(3)]
    assert len({each.id for each in made}) == 6


def test_complete() -> None:
    """All are completed at once, and an account that never ended can be changed again."""
    made: list[str] = []
    requests = ChangeRequests(lambda _, account_id: made.append(account_id))
    requests.add(request(), ["a"], float("inf"))
    requests.add(request(), ["a", "b"], 1)
    requests.complete()
    requests.add(request(), ["a"], 1)
    requests.advance(1)
    assert made == ["b", "a", "a", "a"]
