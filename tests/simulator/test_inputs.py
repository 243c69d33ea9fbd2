"""What is wrong with a value that should have a shape."""

import pytest

from ssohelper.simulator.inputs import Anything, Choice, ListOf, Number, Shape, Structure, Text

SHAPE = Structure(
    {"Arn": Text("arn:.*", 5, 10), "Kind": Choice(("USER", "GROUP"))},
    {
        "Size": Number(1, 100),
        "Ids": ListOf(Text("[a-z]"), 1, 2),
        "Any": Anything(),
        "Filter": Structure({"Id": Text()}),
    },
)
VALID = {"Arn": "arn:abc", "Kind": "USER"}


@pytest.mark.parametrize(
    "value",
    [VALID, VALID | {"Size": 100, "Ids": ["a", "b"], "Any": {"x": 1}, "Filter": {"Id": ""}}, VALID | {"Size": None}],
)
def test_valid(value: object) -> None:
    """Optional members may be missing or null."""
    assert list(SHAPE.problems(value)) == []


FAILED = "failed to satisfy constraint: Member must"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], [f"Value at '' {FAILED} be an object"]),
        ({}, [f"Value at 'arn' {FAILED} not be null", f"Value at 'kind' {FAILED} not be null"]),
        (VALID | {"Other": 1}, [f"Value at 'other' {FAILED} be known"]),
        (VALID | {"Arn": 1}, [f"Value at 'arn' {FAILED} be a string"]),
        (VALID | {"Arn": "arn:"}, [f"Value at 'arn' {FAILED} have length between 5 and 10"]),
        (VALID | {"Arn": "x-arn:"}, [f"Value at 'arn' {FAILED} satisfy regular expression pattern: arn:.*"]),
        (VALID | {"Kind": "user"}, [f"Value at 'kind' {FAILED} satisfy enum value set: [USER, GROUP]"]),
        (VALID | {"Kind": ["USER"]}, [f"Value at 'kind' {FAILED} satisfy enum value set: [USER, GROUP]"]),
        (VALID | {"Ids": []}, [f"Value at 'ids' {FAILED} be a list of 1 to 2 members"]),
        (VALID | {"Ids": "a"}, [f"Value at 'ids' {FAILED} be a list of 1 to 2 members"]),
        (
            VALID | {"Ids": ["a", "B"]},
            [f"Value at 'ids.2.member' {FAILED} satisfy regular expression pattern: [a-z]"],
        ),
        (VALID | {"Filter": {}}, [f"Value at 'filter.id' {FAILED} not be null"]),
    ],
)
def test_problems(value: object, expected: list[str]) -> None:
    """Each problem is named with its place, as AWS does."""
    assert list(SHAPE.problems(value)) == expected


@pytest.mark.parametrize("value", [0, 101, 1.0, True, "1"])
def test_numbers(value: object) -> None:
    """A number is whole and in its range."""
    number: Shape = Number(1, 100)
    assert list(number.problems(value, "size")) == [f"Value at 'size' {FAILED} be between 1 and 100"]
