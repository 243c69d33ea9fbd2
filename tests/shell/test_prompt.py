"""What a prompt shows, by how a sign-in stands, and the line in which shells find it."""

import pytest

from ssohelper.shell import prompt
from ssohelper.shell.prompt import State, Subject

NOW = 1767225600.0
MINUTES, HOURS = 60.0, 3600.0
TOKEN = "293abb6b76d7791c0732cc517d38c4b5c734b87f"


def state(what: str, left: float = 0.0, amber: float = 0.0) -> State:
    """A state; `left` and `amber` are seconds from now."""
    return State(what, NOW + left if left else 0.0, NOW + amber if amber else 0.0, 0.0, TOKEN, "acme")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stands", "text", "color"),
    [
        (state("none"), "", ""),
        (state("well"), "acme", ""),
        (state("well", 2 * HOURS, 100 * MINUTES), "acme", ""),
        (state("well", 14.5 * MINUTES, -5 * MINUTES), "acme 14m", "yellow"),
        (state("well", -MINUTES, -20 * MINUTES), "acme", ""),  # settings were wrong: it goes on
        (state("ends", 26 * HOURS + 5 * MINUTES, 25 * HOURS), "acme 26h05m", ""),
        (state("ends", 59 * MINUTES, 39 * MINUTES), "acme 59m", ""),
        (state("ends", 45, -15 * MINUTES), "acme 45s", "yellow"),
        (state("ends", -1, -20 * MINUTES), "acme: sign in", "red"),
        (state("dead"), "acme: sign in", "red"),
    ],
)
def test_text(stands: State, text: str, color: str) -> None:
    """It is quiet while a sign-in renews itself, counts when it ends, and says when a person is needed."""
    assert prompt.text(stands, NOW) == (text, color)


def test_line() -> None:
    """The line has whole seconds and no word that means anything to a shell or a terminal."""
    odd = State("ends", NOW + 0.7, 0.0, 12.0, TOKEN, "a$(b)`c`\x1b[31m%F{red}\\!'\"\n\u00e9 x")
    assert odd.line == f"1 ends 1767225600 0 12 {TOKEN} a__b__c___31m_F_red_______ x\n"
    assert State("well", token=TOKEN, label="x" * 200).line == f"1 well 0 0 0 {TOKEN} {'x' * 78}..\n"
    assert State("none").line == "1 none 0 0 0 0 \n"


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (Subject("only"), "only"),
        (Subject("profile", "payments-prod.ReadOnly"), "profile.payments-prod.ReadOnly"),
        (Subject("profile", "../../x"), "profile...%2F..%2Fx"),
        (Subject("profile", "caf\u00e9 1%~_"), "profile.caf%C3%A9%201%25~_"),
        (Subject("exec", "acme 111122223333 ReadOnly"), "exec.acme%20111122223333%20ReadOnly"),
        (Subject("profile", "\u00e9" * 100), None),
    ],
)
def test_file_name(subject: Subject, name: str | None) -> None:
    """Every name makes one file in the folder, or none."""
    assert subject.file_name == name
    assert name is None or Subject.of_file(name) == subject
