"""The state files of the prompt: their subject, and which of them are updated."""

import os
import time

import pytest

from ssohelper.context import Context
from ssohelper.shell import prompt_state
from ssohelper.shell.prompt import State, Subject
from tests.fixtures.drawing import token_file
from tests.fixtures.home import Home
from tests.fixtures.shells import TOKEN, write_state


@pytest.fixture
def context(signed_in: Home, monkeypatch: pytest.MonkeyPatch) -> Context:
    """The context of this process, in a home folder with a sign-in."""
    for name, value in signed_in.environment.items():
        monkeypatch.setenv(name, value)
    return Context(warn=pytest.fail, waiting=pytest.fail)


def test_subject_of() -> None:
    """A profile overrides the exec role, which overrides the session; empty variables do not count."""
    variables = {
        "AWS_DEFAULT_PROFILE": "p1",
        "AWS_PROFILE": "p2",
        "SSOHELPER_EXEC": "acme 111122223333 r",
        "SSOHELPER_SESSION": "acme",
    }
    found = []
    for name in list(variables):
        found.append(prompt_state.subject_of(variables))
        variables[name] = ""
    assert [*found, prompt_state.subject_of(variables)] == [
        Subject("profile", "p1"),
        Subject("profile", "p2"),
        Subject("exec", "acme 111122223333 r"),
        Subject("session", "acme"),
        Subject("only"),
    ]


def test_update_all(signed_in: Home, context: Context) -> None:
    """Only states that are older than their sources, or invalid, are updated; other files do not change."""
    token = token_file(signed_in).stem
    only, acme, other = Subject("only"), Subject("session", "acme"), Subject("profile", "p")
    signed_out = Subject("session", "beta")
    states = {
        only: State("expired", token=token, label="old").line(only),
        acme: State("expired", token=token, label="new").line(acme),
        Subject("session", "x"): "invalid",
        other: State("expired", token=TOKEN, label="unchanged").line(other),
        signed_out: State("valid", token="0" * 40, label="of another session").line(signed_out),
    }
    folder = signed_in.state / "prompt"
    for subject, line in states.items():
        write_state(signed_in, subject, line.encode())
    (folder / "session.a b").write_text("not ours")  # the name of a state would be encoded
    os.utime(folder / "only", (0, 0))
    later = time.time() + 60
    os.utime(folder / "session.acme", (later, later))
    prompt_state.update_all()
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "only": prompt_state.read(context, only)[1].line(only),
        "session.acme": states[Subject("session", "acme")],
        "session.x": State("missing", label="x").line(Subject("session", "x")),
        "profile.p": states[Subject("profile", "p")],
        "session.beta": State("missing", label="beta").line(signed_out),
        "session.a b": "not ours",
    }


def test_login_and_logout(synced: Home) -> None:
    """After a login or a logout, every subject's state is current, whatever AWS_PROFILE said there."""
    folder = synced.state / "prompt"
    with synced.config.open("a") as file:
        file.write("\n[sso-session beta]\nsso_start_url = https://beta.awsapps.com/start\nsso_region = us-east-1\n")
        file.write("[profile of-beta]\nsso_session = beta\n")
    for more in ({"AWS_PROFILE": "payments-prod.ReadOnly"}, {"SSOHELPER_SESSION": "acme"}, {}):
        assert synced.ssohelper("prompt", "--keep", **more).returncode == 0

    def states() -> dict[str, str]:
        return {path.name: path.read_text().split()[1] for path in folder.iterdir()}

    assert states() == {"profile.payments-prod.ReadOnly": "valid", "session.acme": "valid", "only": "none"}
    synced.config.touch()  # now even the state without a session is outdated
    assert synced.ssohelper("logout", "--session", "acme", AWS_PROFILE="payments-prod.ReadOnly").returncode == 0
    assert states() == {"profile.payments-prod.ReadOnly": "expired", "session.acme": "expired", "only": "none"}
    synced.config.touch()
    assert synced.ssohelper("login", "--session", "acme", AWS_PROFILE="payments-prod.ReadOnly").returncode == 0
    assert states() == {"profile.payments-prod.ReadOnly": "valid", "session.acme": "valid", "only": "none"}


@pytest.mark.parametrize(
    "subject",
    [
        Subject("profile", "payments-prod.ReadOnly"),
        Subject("exec", "acme 333344445555 ReadOnly"),
        Subject("exec", "acme 333344445555 ~ReadOnly"),
    ],
)
def test_look_of_a_rule(synced: Home, context: Context, subject: Subject) -> None:
    """A role that a rule of config.toml matches has its label and its color."""
    synced.settings.parent.mkdir(parents=True, exist_ok=True)
    rule = 'match = "payments-prod/Read*"\ncolor = "red"\nlabel = "PROD"\n'
    synced.settings.write_text(f"[[defaults.rules]]\n{rule}")
    state = prompt_state.read(context, subject)[1]
    assert (state.label.split()[0], state.color) == ("PROD", "red")
    assert prompt_state.read(context, Subject("profile", "payments-staging.ReadOnly"))[1].color == ""
    assert prompt_state.read(context, Subject("session", "acme"))[1].label == "acme"
