"""Which AWS config file counts: storage/folders.py, botocore, the launcher and the hooks agree."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import botocore.session
import pytest

import ssohelper
from ssohelper.aws_config import fast_scan
from ssohelper.credentials import answer, prepared
from ssohelper.roles import RoleCredentials, RoleRef
from ssohelper.shell import hook
from ssohelper.shell.prompt import State, Subject
from ssohelper.storage import folders, paths
from tests.fixtures.components import need
from tests.fixtures.home import HANG_SECONDS, environment
from tests.fixtures.shells import BARE, BEFORE_PROMPT, TOKEN

COPY = ".local/state/ssohelper/exec/a1b2/AWS_CONFIG_FILE"
SIMILAR = "ssohelper/exec/AWS_CONFIG_FILE"
MOVED_COPY = "elsewhere/ssohelper/exec/a1b2/AWS_CONFIG_FILE"
ROLE = ("--session", "acme", "--account-id", "111122223333", "--role-name", "ReadOnly")
CREDENTIALS = RoleCredentials(
    RoleRef("acme", "111122223333", "ReadOnly"), "ASIAKEY", "secret", "token", time.time() + 7200
)


@dataclass(frozen=True, slots=True)
class Case:
    """A value of AWS_CONFIG_FILE, the file that counts (in the home folder), and the one that exec is told to use.

    No file counts where that is None.

    Every shell runs in the folder `work`. `asks` is for values that a shell expands only with eval: it must neither
    do that nor guess, so the launcher runs the program, and a hook starts it at each prompt.
    """

    value: str | None
    expected: str | None
    original: str | None = None
    asks: bool = False

    def variables(self, home: Path) -> dict[str, str]:
        """The environment variables."""
        given = {"AWS_CONFIG_FILE": self.value, "SSOHELPER_AWS_CONFIG_FILE": self.original}
        return {name: value.replace("{home}", str(home)) for name, value in given.items() if value is not None}


CASES = {
    "unset": Case(None, ".aws/config"),
    "empty": Case("", None),
    "absolute": Case("{home}/x", "x"),
    "relative": Case("x", "work/x"),
    "relative to the parent": Case("../x", "x"),
    "blanks": Case("{home}/a  b/c d ", "a  b/c d "),
    "pattern": Case("{home}/*", "*"),
    "option": Case("-f", "work/-f"),
    "home folder": Case("~", ""),
    "in the home folder": Case("~/x", "x"),
    "tilde inside": Case("./~/x", "work/~/x"),
    "unknown user": Case("~no-such-user/x", "work/~no-such-user/x", asks=True),
    "variable": Case("$HOME/x", "x", asks=True),
    "variable in braces": Case("${HOME}/x", "x", asks=True),
    "unset variable": Case("$UNSET/x", "work/$UNSET/x", asks=True),
    "variable inside": Case("{home}/a${EMPTY}/x", "a/x", asks=True),
    "command": Case("$(touch hurt)", "work/$(touch hurt)", asks=True),
    "arithmetic": Case("$((1+1))", "work/$((1+1))", asks=True),
    "backquotes": Case("`touch hurt`", "work/`touch hurt`"),
    "exec": Case(f"{{home}}/{COPY}", "x", "{home}/x"),
    "exec, copy without original": Case(f"{{home}}/{COPY}", COPY),
    "exec, empty original": Case(f"{{home}}/{COPY}", COPY, ""),
    "exec, another state folder": Case(f"{{home}}/{MOVED_COPY}", "x", "{home}/x"),
    "exec, copy by tilde": Case(f"~/{COPY}", "x", "{home}/x"),
    "exec, original is literal": Case(f"{{home}}/{COPY}", "$HOME", "{home}/$HOME"),
    "exec, own file": Case("{home}/x", "x", "{home}/y"),
    "exec, similar folder": Case(f"{{home}}/{SIMILAR}", SIMILAR, "{home}/y"),
    "original only": Case(None, ".aws/config", "{home}/y"),
}
_OTHERS = {"work/x", "y", "work/$HOME/x", "work/${HOME}/x", MOVED_COPY}
FILES = sorted({case.expected for case in CASES.values() if case.expected is not None} | _OTHERS)


@dataclass(frozen=True, slots=True)
class World:
    """A home folder with every file that a case could mean, a prepared answer, and a state of the prompt."""

    home: Path
    case: Case
    environment: dict[str, str]
    files: list[Path] = field(default_factory=list)

    @property
    def counts(self) -> bool:
        """Whether any file counts."""
        return self.case.expected is not None

    @property
    def expected(self) -> Path:
        """The file that counts."""
        return Path(os.devnull) if self.case.expected is None else self.home / self.case.expected

    @property
    def names(self) -> list[str]:
        """The profiles in that file."""
        return [f"p{self.files.index(self.expected)}"] if self.expected.is_file() else []

    @property
    def state(self) -> Path:
        """Our state folder."""
        return self.home / ".local" / "state" / "ssohelper"

    def answers(self, is_stale: Callable[[], bool]) -> tuple[bool, bool]:
        """What `is_stale` says if only the expected file has changed, and if only all others have."""
        return self._after_change([self.expected] if self.counts else [], is_stale), self._after_change(
            [each for each in self.files if each != self.expected], is_stale
        )

    def run(self, *words: str, script: str | None = None) -> str:
        """The output of a program in the folder `work`."""
        done = subprocess.run(
            words,
            env=self.environment,
            cwd=self.home / "work",
            input=script or "",
            capture_output=True,
            text=True,
            timeout=HANG_SECONDS,
            check=False,
        )
        assert script is None or (done.stderr, done.returncode) == ("", 0)
        assert [*self.home.rglob("hurt")] == []
        return done.stdout

    def _after_change(self, changed: list[Path], is_stale: Callable[[], bool]) -> bool:
        now = time.time()
        token = self.home / ".aws" / "sso" / "cache" / f"{TOKEN}.json"
        for path in (token, *self.files):
            os.utime(path, (now - 300, now - 300))
        answer.prepare(CREDENTIALS, now)
        os.utime(self.state / "prompt" / "only", (now - 200, now - 200))
        for path in changed:
            os.utime(path, (now - 100, now - 100))
        return is_stale()


@pytest.fixture(params=CASES.values(), ids=list(CASES))
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The files of a case; this process has its environment and current folder too."""
    case: Case = request.param
    home = tmp_path / "home"
    values = {**environment(home, {}), "EMPTY": "", **case.variables(home)}
    del values["XDG_STATE_HOME"], values["XDG_CONFIG_HOME"]
    files = [home / name for name in FILES]
    for number, path in enumerate(files):
        if path != home:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"[profile p{number}]\nregion = us-east-1\n")
    made = World(home, case, values, files)
    for path, text in (
        (home / ".aws" / "sso" / "cache" / f"{TOKEN}.json", "{}"),
        (made.state / "prompt" / "only", State("valid", token=TOKEN, label="acme").line(Subject("only"))),
        (home / ".config" / "x", ""),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in os.environ:
        if name not in values:
            monkeypatch.delenv(name)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(home / "work")
    return made


def test_python(world: World) -> None:
    """The rule itself, and the functions that use it."""
    assert os.path.abspath(folders.aws_config_file()) == str(world.expected)  # noqa: PTH100 (keeps symlinks)
    assert paths.aws_config().absolute().resolve() == world.expected.resolve()
    assert world.answers(lambda: prepared.lookup([*ROLE]) is None) == (world.counts, False)
    assert [each.name for each in fast_scan.config_sections()] == world.names


def test_credentials_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule is the same for the shared credentials file."""
    for name in ("AWS_CONFIG_FILE", "SSOHELPER_AWS_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in world.case.variables(world.home).items():
        file = "AWS_SHARED_CREDENTIALS_FILE"
        monkeypatch.setenv(name.replace("AWS_CONFIG_FILE", file), value.replace("AWS_CONFIG_FILE", file))
    expected = str(world.expected).replace("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    expected = expected.replace(".aws/config", ".aws/credentials")
    assert os.path.abspath(folders.aws_credentials_file()) == expected  # noqa: PTH100
    assert paths.aws_credentials() == Path(folders.aws_credentials_file())


@pytest.mark.parametrize(
    "world", [case for name, case in CASES.items() if not name.startswith("exec")], indirect=True
)
def test_botocore(world: World) -> None:
    """Outside `ssohelper exec` it is botocore's rule."""
    assert botocore.session.Session().available_profiles == world.names


@pytest.mark.parametrize("shell", [("dash",), ("bash", "--posix")], ids=" ".join)
def test_launcher(world: World, shell: tuple[str, ...], tmp_path: Path) -> None:
    """The launcher prints a prepared answer unless the file that counts has changed."""
    program = Path(ssohelper.__file__).parent / "bin" / "ssohelper-credential-process"
    launcher = shutil.copy2(program, tmp_path)  # without the program beside it, so that it can print nothing else
    words = (need(shell[0]), *shell[1:], str(launcher), *ROLE)
    assert world.answers(lambda: world.run(*words) != f"{answer.version_1(CREDENTIALS)}\n") == (
        world.counts,
        world.case.asks,
    )


def code(world: World, shell: str) -> str:
    """The hook of a shell, whose program does nothing."""
    values = {
        "program": "true",
        "state_folder": str(world.state / "prompt"),
        "token_folder": str(world.home / ".aws" / "sso" / "cache"),
        "history_folder": str(world.state / "refresh-history"),
        "settings_file": str(world.home / ".config" / "ssohelper" / "config.toml"),
        "default_config": str(world.home / ".aws" / "config"),
        "draw": "no",
    }
    return hook.code(shell, values)


@pytest.mark.first_is_quick
def test_hook(world: World, shell: str) -> None:
    """The hook starts the program if the file that counts has changed."""
    asked = "$__ssohelper_asked" if shell == "fish" else "$_ssohelper_asked"
    script = f"{code(world, shell)}\n{BEFORE_PROMPT[shell]}\necho {asked}\n"
    words = (need(shell), *BARE[shell])
    assert world.answers(lambda: world.run(*words, script=script) != "0\n") == (world.counts, world.case.asks)


@pytest.mark.full
def test_powershell_hook(world: World) -> None:
    """So does the hook of PowerShell."""
    path = world.home / "script.ps1"
    asked = "& (Get-Item function:ssohelper-use).Module { $script:Asked }"
    path.write_text(f"{code(world, 'powershell')}\n$null = prompt\n{asked}\n")
    words = (need("pwsh"), "-NoLogo", "-NoProfile", "-NonInteractive", "-File", str(path))
    assert world.answers(lambda: world.run(*words, script="") != "0\n") == (world.counts, world.case.asks)
