"""`tests/` mirrors `ssohelper/`, and no test file imports from another."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SOURCES = TESTS.parent / "ssohelper"
MODULES = sorted(path for path in SOURCES.rglob("*.py") if path.name != "__init__.py")
# Modules without a test file of their name, and why.
EXCEPTIONS = {
    "doctor/registry.py": "a list of the checks: test_run.py runs all of them",
    "doctor/tools/aws_sso_util.py": "a name and a predicate, tested by the checks that name the tool",
    "doctor/tools/java_sdk.py": "the same",
    "doctor/tools/old_aws_cli.py": "the same",
    "doctor/tools/tool.py": "the interface of the files beside it",
    "permission_sets/questions.py": "a question as data; test_services.py asks each",
    "simulator/assignment_examples.py": "test_examples.py plants and fixes each",
    "simulator/example.py": "the same",
    "simulator/permission_set_examples.py": "the same",
    "simulator/request_examples.py": "the same",
    **{
        f"actions/{name}.py": f"tests/commands/test_{name}.py runs it"
        for name in ("console", "credential_process", "env", "exec", "profiles", "roles", "status", "whoami")
    },
    "sign_in/runtime.py": "a clock and callbacks without behaviour of their own",
}


def mirrored(module: Path) -> Path:
    """The test file of a module."""
    place = module.relative_to(SOURCES)
    return TESTS / place.with_name(f"test_{place.stem.strip('_')}.py")


def test_each_module_has_a_test_file() -> None:
    """Each module has a test file of its name, in the folder of the same name."""
    missing = {str(each.relative_to(SOURCES)) for each in MODULES if not mirrored(each).exists()}
    assert missing == EXCEPTIONS.keys()


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: path.stem)
def test_imports(path: Path) -> None:
    """A test file imports neither another test file nor a conftest: what tests share is in tests/fixtures."""
    imported = {
        f"{node.module}.{each.name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests")
        for each in node.names
    }
    parts = {part for name in imported for part in name.split(".")}
    assert not any(part.startswith("test_") or part == "conftest" for part in parts)
