"""What a damaged value was meant to be."""

import pytest

from ssohelper.doctor import damaged_values


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("json", None),
        ('"json"', "json"),
        ("'json'", "json"),
        ("\u201cjson\u201d", "json"),
        ("json # mine", "json"),
        ('"json" ; mine', "json"),
        ("json\u200b", "json"),
        ("\u00a0json", "json"),
        ("jso", None),
        ("json#mine", None),
        ("", None),
    ],
)
def test_meant(value: str, expected: str | None) -> None:
    """What does not belong to it is left out, if a valid value remains; a valid one is not damaged."""
    assert damaged_values.meant(value, {"json"}.__contains__) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1111-2222-3333", "111122223333"),
        ("1111 2222 3333", "111122223333"),
        ("1111\u20132222\u20133333", "111122223333"),
        ("12345678901", None),
        ('"011122223333" # x', "011122223333"),
        ("12345678", None),
        ("1111222233334", None),
        ("prod", None),
        ("\u0661" * 12, None),
    ],
)
def test_account_id(value: str, expected: str | None) -> None:
    """Dashes and spaces are left out; digits of other scripts are none, and which digit is missing is not known."""
    assert damaged_values.account_id(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", ""),
        ("a # b", " (the comment is read as part of it)"),
        ("a#b", ""),
        ('"a"', " (the quotes are read as part of it)"),
        ("a\u200bb # c", " (it contains U+200B, which is invisible)"),
        ("a\u00a0b", " (it contains U+00A0, which is invisible)"),
    ],
)
def test_note(value: str, expected: str) -> None:
    """A message says what cannot be seen in it."""
    assert damaged_values.note(value) == expected
