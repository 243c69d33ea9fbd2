"""Every command to paste that our code can build, listed from the source, and why it may name what it names."""

import ast
import shlex
from collections.abc import Iterator
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

import ssohelper
from ssohelper import hints
from ssohelper.errors import did_you_mean, did_you_mean_one_of

ROOT = Path(ssohelper.__file__).parent
BUILDERS = ("again", "command", "edit", "export", "on_file", "shell", "unset")
# The programs of commands, which nothing but `hints` puts together.
PROGRAMS = tuple(
    f"{each} " for each in ("aws", "chmod", "df", "export", "kill", "ls", "rm", "ssohelper", "sudo", "tail", "unset")
)

TYPED = "what the person typed"
SET = "a variable of the environment, and what it should be"
FOUND_IN = "what stands in the file that the message is about"
ABOUT = "the file, session, profile or role that the message is about"
ONLY = "the only one that there is"
WRITTEN = "what the command has just written"
OURS = "a program or constant of ours"
# What commands name, by module: each expression that is no constant, and why it is no guess.
NAMED = {
    "aws_config.resolve": {"session": FOUND_IN},
    "aws_config.selection": {"profile": TYPED},
    "aws_config.sso_session": {"name": ABOUT},
    "cli": {"option": TYPED},
    "commands.agent": {"*words": OURS},
    "commands.demo": {"{name: value}": OURS},
    "commands.doctor": {"opts.needs": TYPED, "profile": TYPED},
    "actions.exec": {
        "program": TYPED,
        "*words[1:end]": TYPED,
        "*words[end:]": TYPED,
        "DEFAULT_WAY": OURS,
        "*started": TYPED,
        "*sys.argv[1:len(sys.argv) - len(words)]": TYPED,
    },
    "commands.login": {"sessions[0].session.name": ABOUT},
    "commands.logout": {"folder": ABOUT},
    "commands.setup": {"first": WRITTEN},
    "commands.simulator": {"{name: value}": OURS},
    "commands.sync": {"session.start_url": ABOUT, "session.region": ABOUT, "named[0]": ONLY, "first": WRITTEN},
    "commands.unlock": {"role": TYPED, "role.session": ABOUT},
    "commands.use": {"*static": SET},
    "commands.why": {"profile": ABOUT, "denial.action": TYPED, "*more": TYPED},
    "credentials.provider": {"role.session": ABOUT, "role.settings_profile": ABOUT},
    "credentials.sensitive": {"name": ABOUT, "role.session": ABOUT, "role.settings_profile": ABOUT},
    "doctor.checkup": {"*session": FOUND_IN, "*options": OURS},
    "doctor.credential_process": {"first": FOUND_IN, "str(link)": OURS},
    "doctor.endpoints": {"variable": SET},
    "doctor.environment": {"name": SET, "*keys": SET, "*_WEB_IDENTITY": SET, "wanted": SET, "{name: str(path)}": SET},
    "doctor.fixes": {"_shown_target(file)": ABOUT, "line": ABOUT, "*words": OURS},
    "doctor.legacy_profiles": {"*words": FOUND_IN},
    "doctor.regions": {"name": SET},
    "doctor.run": {"profile": TYPED},
    "doctor.sessions": {"option.value": FOUND_IN, "section.name": FOUND_IN, "*known": FOUND_IN},
    "doctor.sign_ins": {"*name": ABOUT, "session.start_url": ABOUT, "*region": ABOUT},
    "doctor.why": {"profile": TYPED, "session.name": ABOUT},
    "doctor.steps": {"role.session": ABOUT, "self.section.name": TYPED},
    "identity_center.clients": {"variable": SET},
    "identity_center.oidc": {"self._session.name": ABOUT},
    "identity_center.errors": {"{variable: 'http://HOST:PORT'}": SET},
    "identity_center.federation": {"VARIABLE": SET},
    "model": {"self.name": ABOUT},
    "options": {"name": TYPED},  # the command
    "permission_sets.assignment": {"role.session": ABOUT},
    "refresher.agent_process": {"paths.shown(paths.agent_log())": OURS, "str(process_id)": ABOUT},
    "refresher.service": {"name": SET},
    "refresher.sign_in_state": {"result.session": ABOUT},
    "settings.config_toml": {"paths.shown(path.parent)": ABOUT},
    "settings.own_program": {"installed": OURS, "*sys.argv[1:]": TYPED},
    "storage.files": {"paths.shown(path.parent)": ABOUT, "*look": OURS},
    "ui.denials": {"*words": TYPED},
    "ui.sign_in_dialogue": {"session.start_url": ABOUT, "session.region": ABOUT},
    "actions.status": {"variable": SET},
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Our modules by name, but the simulator's, which print no hints, and the one that builds commands."""
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if not name.startswith("simulator.") and name != "hints":
            yield name, ast.parse(path.read_text())


def calls(module: ast.Module) -> Iterator[ast.Call]:
    """The calls that build a command."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"hints.{each}" for each in BUILDERS}:
            yield node


def test_named() -> None:
    """Each expression in a command is known to name no guess; a new one has to be judged here."""
    found: dict[str, set[str]] = {}
    for name, module in modules():
        for call in calls(module):
            words = {ast.unparse(each) for each in call.args if not isinstance(each, ast.Constant)}
            if words:
                found.setdefault(name, set()).update(words)
    assert found == {module: set(words) for module, words in NAMED.items()}


def suggestions(module: ast.Module) -> Iterator[ast.expr]:
    """What is given as a hint or a fix."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            yield from (each.value for each in node.keywords if each.arg in ("hint", "fix", "otherwise"))
            yield from node.args if ast.unparse(node.func) == "terminal.hint" else ()


def test_built_in_one_place() -> None:
    """No other code puts the command of a hint together."""
    built = []
    for name, module in modules():
        for node in (each for suggestion in suggestions(module) for each in ast.walk(suggestion)):
            if isinstance(node, ast.JoinedStr) and str(getattr(node.values[0], "value", "")).startswith(PROGRAMS):
                built.append(f"{name}: {ast.unparse(node)}")
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("shlex."):
                built.append(f"{name}: {ast.unparse(node)}")
    assert built == []


def test_near_matches_are_prose() -> None:
    """Words are compared in one place, whose result begins with a question."""
    comparing = {name for name, module in modules() if "difflib" in ast.unparse(module)}
    # The other two name keys and fields, in a change that is shown and confirmed, and in prose.
    assert comparing == {"errors", "doctor.misspelled_keys", "settings.name_templates"}
    assert did_you_mean("acne", ["acme"]) == "; did you mean acme?"
    assert did_you_mean_one_of("acne", {"acme": "us-east-1"}) == "; did you mean acme (us-east-1)?"


def test_quoting() -> None:
    """Each word is one word for a shell, whatever is in it; `~` is expanded."""
    assert hints.command("login", "--session", "it's $HOME") == "ssohelper login --session 'it'\"'\"'s $HOME'"
    assert hints.command("login", "--session", "it's") == 'ssohelper login --session "it\'s"'
    assert hints.on_file("~/.aws/my config", "ls", "-l") == "ls -l ~/'.aws/my config'"
    assert hints.on_file("~/it's", "ls") == 'ls ~/"it\'s"'
    assert hints.edit("~/.aws/config", 3) == "${EDITOR:-vi} +3 ~/.aws/config"
    assert hints.export({"A": "a b", "B": "c"}) == "export A='a b' B=c"
    assert hints.unset("A", "B") == "unset A B"


@given(st.text(st.sampled_from("aZ09_@%+=:,./- ~'\"$`\\\n*\u00e9#!\u2019\u201c"), max_size=6))
@example("it's \u201c")
def test_quoted(word: str) -> None:
    """A word is bare, in single or in double quotes where all shells agree on it, else quoted for a POSIX shell."""
    found = hints.quoted(word)
    assert shlex.split(found) == [word]
    bare = bool(word) and set(word) <= set("aZ09_@%+=:,./-") and word[0] not in "@,=%" and word[-1] != ","
    if bare and (word[0] != "-" or set(word) <= set("aZ09-")):
        assert found == word
    elif not set(word) & set("\\'\u2018\u2019\u201a\u201b"):
        assert found == f"'{word}'"
    elif not set(word) & set('\\"`$!\u201c\u201d\u201e'):
        assert found == f'"{word}"'
    else:
        assert found == shlex.quote(word)
