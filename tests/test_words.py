"""Code, messages and docs use the terms of the field, and none of the words that were replaced by them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "ssohelper/**/*", "tests/**/*.py", ".github/**/*", ".ci/*")
    for path in ROOT.glob(pattern)
    if path.is_file() and "__pycache__" not in path.parts and path != Path(__file__)
)
# What to write instead.
REPLACED = {
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\brenew(s|ed|ing|al|als|er)?\b": "refresh",
    r"\banew\b": "again",
    r"\bwhoever\b": "anyone who, or name the process",
    r"\bneighbou?rs?\b": "temporary file, or foreign profile",
    r"\bvaults?\b": "keyring",
    r"\bledger\b": "audit log",
    r"\bkeepers?\b": "exec server",
    r"goes? before\b": "overrides",
    r"is at it\b": "waiting for process N",
    r"to be known\b": "warning",
    r"\bas ever\b": "",
    r"\bshall\b": "must, or will",
    r"nobody is signed in": "not signed in",
    r"could be meant": "did you mean",
}
# Pages that need replaced words, and why.
EXCEPTIONS = {
    "CHANGELOG.md": "lists what was renamed, old and new",
}
OTHERS_NAMES = re.compile(r"aws-vault|AWS_VAULT|aws_vault|AWS-VAULT", re.IGNORECASE)  # the name of another tool


ANY_REPLACED = re.compile("|".join(REPLACED), re.IGNORECASE)


def hits(text: str) -> list[str]:
    """The replaced words in a text, other tools' names aside."""
    return [found[0].lower() for found in ANY_REPLACED.finditer(OTHERS_NAMES.sub("", text))]


def test_replaced_words() -> None:
    """No page has a word that was replaced."""
    found = {
        (str(page.relative_to(ROOT)), word)
        for page in PAGES
        for word in hits(page.read_text(errors="replace"))
        if page.name not in EXCEPTIONS
    }
    assert found == set()


def test_exceptions_are_needed() -> None:
    """Each exception still has such a word, and the check finds words at all."""
    for page in EXCEPTIONS:
        assert hits((ROOT / page).read_text())
