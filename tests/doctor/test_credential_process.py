"""Programs that profiles run for credentials."""

import pytest

from tests.fixtures.doctor_runs import ROLE, Case, check_case, config_findings, fix_config, kinds, run_fix
from tests.fixtures.home import Home

CASES = {
    "role and program": Case(
        f"[profile x]\nsso_session = acme\n{ROLE}credential_process = /bin/true\n", [("two-sources", 13)]
    ),
    "role and missing program": Case(
        f"[profile x]\nsso_session = acme\n{ROLE}credential_process = aws-sso-util credential-process --profile x\n",
        [("two-sources", 13)],
    ),
    "SSO key and program": Case(
        "[profile x]\nsso_session = acme\ncredential_process = /bin/true\n", [("sso-key-with-program", 10)]
    ),
    "missing program": Case("[profile x]\ncredential_process = /none/such a\n", [("program-not-found", 10)]),
    "tilde": Case("[profile x]\ncredential_process = ~/bin/x a\n", [("program-not-found", 10)]),
    "open quote": Case(
        "[profile x]\ncredential_process = '/bin/true a\n", [("program-not-found", 10)], edit="s/true/true'/"
    ),
    "relative path": Case("[profile x]\ncredential_process = true 'a b'\n", [("relative-program", 10)]),
}


@pytest.mark.first_is_quick
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_programs(configured: Home, case: Case) -> None:
    """What keeps a program from running is commented out, and a relative path becomes absolute."""
    check_case(configured, case)


def test_blank_in_the_path(configured: Home) -> None:
    """A program in a folder with a blank in its name gets a link without one."""
    program = configured.path / "my tools" / "get it"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    configured.config.write_text(f"[profile x]\ncredential_process = '{program}' --now\n")
    found = config_findings(configured)
    assert kinds(found) == [("blank-in-program", 2)]
    run_fix(configured, found[0]["fix"])
    fix_config(configured, config_findings(configured))
    link = configured.path / ".local" / "bin" / "get-it"
    assert configured.config.read_text() == f"[profile x]\ncredential_process = {link} --now\n"
    assert link.samefile(program)


@pytest.mark.parametrize("managed", [True, False])
def test_program_in_a_cache(configured: Home, managed: bool) -> None:
    """A program in uv's cache may be deleted: the fix is to install it."""
    program = configured.path / ".cache" / "uv" / "archive-v0" / "Y4JiP7aQKcHXnBcI" / "bin" / "ssohelper"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    mark = "ssohelper_session = acme\n" if managed else ""
    configured.config.write_text(
        f"{configured.config.read_text()}[profile x]\ncredential_process = {program}\n{mark}"
    )
    (found,) = config_findings(configured)
    then = "run `ssohelper sync --yes`" if managed else "set credential_process to the path of the installed program"
    assert (found["kind"], found["severity"], found["fix"]) == (
        "program-in-cache",
        "warning",
        f"install it with `uv tool install`, then {then}",
    )
