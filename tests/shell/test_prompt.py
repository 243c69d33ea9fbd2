"""The prompt text for each state, and the line of the state file."""

import pytest

from ssohelper.shell import prompt
from ssohelper.shell.prompt import State, Subject

NOW = 1767225600.0
MINUTES, HOURS = 60.0, 3600.0
TOKEN = "293abb6b76d7791c0732cc517d38c4b5c734b87f"


def state(word: str, left: float = 0.0, warn_in: float = 0.0) -> State:
    """A state; `left` and `warn_in` are seconds from now."""
    times = (NOW + left if left else 0.0, NOW + warn_in if warn_in else 0.0)
    return State(word, *times, 0.0, TOKEN, "acme")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("current", "text", "color"),
    [
        (state("none"), "", ""),
        (state("valid"), "acme", ""),
        (state("valid", 2 * HOURS, 100 * MINUTES), "acme", ""),
        (state("valid", 14.5 * MINUTES, -5 * MINUTES), "acme 14m", "yellow"),
        (state("valid", -MINUTES, -20 * MINUTES), "acme", ""),  # sign_in_hours is too short
        (state("expiring", 26 * HOURS + 5 * MINUTES, 25 * HOURS), "acme 26h05m", ""),
        (state("expiring", 59 * MINUTES, 39 * MINUTES), "acme 59m", ""),
        (state("expiring", 45, -15 * MINUTES), "acme 45s", "yellow"),
        (state("expiring", -1, -20 * MINUTES), "acme: sign in", "red"),
        (state("expired"), "acme: sign in", "red"),
        (state("plain"), "acme", ""),
        (state("missing"), "acme: not found", "red"),
    ],
)
def test_text(current: State, text: str, color: str) -> None:
    """Without refresh the time left is shown, yellow from WARN_AT; red if a sign-in is needed."""
    assert prompt.text(current, NOW) == (text, color)


@pytest.mark.parametrize(
    ("current", "color"),
    [
        (state("valid"), "blue"),
        (state("plain"), "blue"),
        (state("valid", 14.5 * MINUTES, -5 * MINUTES), "blue"),
        (state("expiring", -1, -20 * MINUTES), "red"),
        (state("expired"), "red"),
        (state("none"), ""),
    ],
)
def test_color_of_a_rule(current: State, color: str) -> None:
    """The color that a rule gives a role is shown, also while a warning is; red if a sign-in is needed."""
    assert prompt.text(current._replace(color="blue"), NOW)[1] == color


def test_line() -> None:
    """The line has whole seconds, and no character that is special to a shell or a terminal."""
    odd = State("expiring", NOW + 0.7, 0.0, 12.0, TOKEN, "a$(b)`c`\x1b[31m%F{red}\\!'\"\n\u00e9 x")
    assert odd.line(Subject("only")) == f"5 expiring 1767225600 0 12 {TOKEN} only 10 0 a__b__c___31m_F_red_______ x\n"
    assert State("valid", token=TOKEN, label="x" * 200, color="magenta").line(Subject("profile", "a b")) == (
        f"5 valid 0 0 0 {TOKEN} profile.a%20b 10 35 {'x' * 78}..\n"
    )
    assert State("none").line(Subject("only")) == "5 none 0 0 0 0 only 10 0 \n"


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (Subject("only"), "only"),
        (Subject("profile", "payments-prod.ReadOnly"), "profile.payments-prod.ReadOnly"),
        (Subject("profile", "../../x"), "profile...%2F..%2Fx"),
        (Subject("profile", "caf\u00e9 1%~_"), "profile.caf%C3%A9%201%25~_"),
        (Subject("exec", "acme 111122223333 ReadOnly"), "exec.acme%20111122223333%20ReadOnly"),
        (Subject("profile", "\u00e9" * 100), None),
        (Subject("profile", "not UTF-8: \udcff"), "profile.not%20UTF-8%3A%20%FF"),
    ],
)
def test_file_name(subject: Subject, name: str | None) -> None:
    """Every subject has a file name of its own, or none if that would be too long."""
    assert subject.file_name == name
    assert name is None or Subject.of_file(name) == subject
