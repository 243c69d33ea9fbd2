"""A review as text, as Markdown and as JSON: the same findings, and hostile names that steer nothing."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ssohelper.permission_sets.findings import Finding
from ssohelper.permission_sets.inventory import Inventory, Unread
from ssohelper.permission_sets.review import Accepted, Report
from ssohelper.ui import review_output
from ssohelper.ui.look import Look
from ssohelper.ui.output import safe, to_json
from tests.fixtures.inventories import PROD, inventory, permission_set

OUTDATED = Finding(
    kind="outdated",
    severity="error",
    practice="trouble",
    permission_set="Developer",
    message="1 of 1 account has an older version of it",
    affects="everyone who uses it in payments-prod",
    fix="provision it again",
    accounts=(PROD,),
    principals=("developers",),
    evidence={"provisioned": 1},
)
TOO_MANY = Finding(
    kind="too-many",
    severity="warning",
    practice="pattern",
    permission_set=None,
    message="31 permission sets",
    affects="administrators",
    fix="merge some",
)
REPORT = Report((OUTDATED, TOO_MANY), (Accepted(TOO_MANY._replace(kind="alike"), "until June"),), ("b: --validate",))
WHOLE = inventory(permission_set("Developer"))
CLEAN = Report((), (), ())
UNREAD = Unread("tags of Developer", "denied")
HOSTILE = [
    "a|b || \\| \\\\| \\",
    "[here](https://evil.example) ![x](http://evil.example/x.png) [a]: http://evil.example",
    "<b>bold</b> <script>alert(1)</script> <https://evil.example> <!-- -->",
    "https://evil.example www.evil.example ftp://evil.example mailto:a@evil.example",
    "`code` ``` ~~gone~~ **bold** _it_ *it* __b__",
    "@octocat #1 :smile: &amp; &#64; !x",
    "# title",
    "- item",
    "1. item",
    "> quote",
    "---",
    "| --- | --- |",
    "line\nbreak\r\nand\x0b\x0c\x85\u2028more",
    "\x1b[2J\x1b]8;;http://evil.example\x07x\x00\u202e\ufeff",
    "    indented\t\ttabs",
]
# Characters that mean something in Markdown, the beginnings of links, and any other text.
PIECES = [*"|\\`*_[]<>()!#@:~&-+=.1 a/\n\r\t\x1b\u202e", "http://", "www.", "&lt;"]
hostile_texts = st.lists(st.sampled_from(PIECES), max_size=20).map("".join) | st.text(max_size=20)


def parsed(text: str) -> list[Token]:
    """The Markdown, as a parser with GitHub's tables reads it."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def rows(text: str) -> list[list[str]]:
    """The plain text of each cell of each row of the tables; nothing in a cell is anything else, or it is code."""
    found: list[list[str]] = []
    for token in parsed(text):
        if token.type == "tr_open":
            found.append([])
        elif token.type in ("th_open", "td_open"):
            found[-1].append("")
        elif token.type == "inline" and token.level == 4:
            assert {each.type for each in token.children or ()} <= {"text", "code_inline"}
            found[-1][-1] += "".join(each.content for each in token.children or ())
    return found


def blocks(text: str) -> set[str]:
    """The kinds of everything in the Markdown."""
    tokens = parsed(text)
    return {each.type for token in tokens for each in (token, *(token.children or ()))}


def plain(text: str) -> str:
    """How a text shows in a cell."""
    return safe(text.replace("\n", " ")).strip()


def test_lines() -> None:
    """Findings as the doctor's, how much there is, and what was not reviewed."""
    shown = "\n".join(review_output.lines(WHOLE, REPORT, Look()))
    assert shown.splitlines() == [
        "x Developer: 1 of 1 account has an older version of it (outdated)",
        "    affects  everyone who uses it in payments-prod",
        "    fix      provision it again",
        "! 31 permission sets (too-many)",
        "    affects  administrators",
        "    fix      merge some",
        "1 error, 1 warning",
        "1 permission set, 1 assignment, 4 accounts; 1 accepted in config.toml",
        "not reviewed: b: --validate",
    ]


def test_lines_of_nothing() -> None:
    """Without findings, that is said."""
    shown = [*review_output.lines(inventory(assignments=[]), CLEAN, Look())]
    assert shown == ["no problems found", "0 permission sets, 0 assignments, 4 accounts"]


def test_narrow() -> None:
    """Lines fit on the terminal."""
    shown = "\n".join(review_output.lines(WHOLE, REPORT, Look(width=40)))
    assert max(map(len, shown.splitlines())) <= 40


def test_json() -> None:
    """Everything that is documented, for programs."""
    whole = replace(WHOLE, unread=(UNREAD,))
    outdated = {
        "kind": "outdated",
        "severity": "error",
        "practice": "trouble",
        "permission_set": "Developer",
        "accounts": [PROD],
        "principals": ["developers"],
        "what": "1 of 1 account has an older version of it",
        "affects": "everyone who uses it in payments-prod",
        "fix": "provision it again",
        "evidence": {"provisioned": 1},
    }
    too_many: dict[str, Any] = {
        "kind": "too-many",
        "severity": "warning",
        "practice": "pattern",
        "permission_set": None,
        "accounts": [],
        "principals": [],
        "what": "31 permission sets",
        "affects": "administrators",
        "fix": "merge some",
        "evidence": {},
    }
    assert json.loads(to_json(review_output.as_json(whole, REPORT))) == {
        "schema": "ssohelper/review/1",
        "read_at": "2027-01-15T08:00:00Z",
        "complete": False,
        "unread": [{"what": "tags of Developer", "reason": "denied"}],
        "not_reviewed": ["b: --validate"],
        "counts": {
            "permission_sets": 1,
            "assignments": 1,
            "accounts": 4,
            "errors": 1,
            "warnings": 1,
            "accepted": 1,
        },
        "findings": [outdated, too_many],
        "accepted": [{**too_many, "kind": "alike", "why": "until June"}],
    }


def test_complete() -> None:
    """Where everything could be read, the report says so."""
    found = review_output.as_json(WHOLE, CLEAN)
    assert (found["complete"], found["unread"], found["findings"], found["accepted"]) == (True, [], [], [])


def test_counts() -> None:
    """Errors and warnings are counted apart."""
    found = review_output.counts(WHOLE, Report((OUTDATED, OUTDATED, TOO_MANY), REPORT.accepted, ()))
    assert found == {
        "permission_sets": 1,
        "assignments": 1,
        "accounts": 4,
        "errors": 2,
        "warnings": 1,
        "accepted": 1,
    }


def test_known_assignments_count() -> None:
    """Assignments of accounts whose others are not known count, too."""
    ((row,),) = WHOLE.assignments.values()
    assert review_output.counts(replace(WHOLE, group_assignments=(row, row)), CLEAN)["assignments"] == 3


def test_markdown() -> None:
    """A report for a pull request or a wiki."""
    outdated = (
        "1 of 1 account has an older version of it | everyone who uses it in payments-prod | provision it again"
    )
    assert review_output.markdown(replace(WHOLE, unread=(UNREAD,)), REPORT).splitlines() == [
        "# Review of permission sets",
        "",
        "Read at 2027-01-15T08:00:00Z: 1 permission set, 1 assignment, 4 accounts; 1 accepted in config.toml.",
        "",
        "| Severity | Permission set | Finding | Affects | What to do | Kind |",
        "| --- | --- | --- | --- | --- | --- |",
        f"| error | Developer | {outdated} | outdated |",
        "| warning |  | 31 permission sets | administrators | merge some | too-many |",
        "",
        "## Accepted",
        "",
        "| Permission set | Finding | Why | Kind |",
        "| --- | --- | --- | --- |",
        "|  | 31 permission sets | until June | alike |",
        "",
        "## Could not be read",
        "",
        "- tags of Developer (denied)",
        "",
        "## Not reviewed",
        "",
        "- b: --validate",
    ]


def test_markdown_of_nothing() -> None:
    """Without findings, there is no row."""
    assert rows(review_output.markdown(WHOLE, CLEAN))[1:] == []


def hostile(text: str) -> tuple[Inventory, Report]:
    """A report with a text wherever somebody else may have written it."""
    finding = OUTDATED._replace(
        permission_set=text, message=f"of {text}", affects=text, fix=text, principals=(text,), evidence={"name": text}
    )
    unread = Unread(f"tags of {text}", text)
    return replace(WHOLE, unread=(unread,)), Report((finding,), (Accepted(finding, text),), (f"tags of {text}",))


def with_examples(test: Any) -> Any:
    """The test, with each hostile text at least once."""
    for text in HOSTILE:
        test = example(text)(test)
    return test


@with_examples
@given(hostile_texts)
def test_hostile_markdown(text: str) -> None:
    """A text shows as it is in its cell: no link, no HTML, no emphasis, no cell or row more."""
    shown = review_output.markdown(*hostile(text))
    cell = plain(text)
    assert rows(shown)[1:] == [
        ["error", cell, plain(f"of {text}"), cell, cell, "outdated"],
        ["Permission set", "Finding", "Why", "Kind"],
        [cell, plain(f"of {text}"), cell, "outdated"],
    ]
    assert {each.partition("_")[0] for each in blocks(shown)} - {"code"} == {
        *("heading", "paragraph", "inline", "text", "table", "thead", "tbody", "tr", "th", "td"),
        *("bullet", "list"),
    }


@with_examples
@given(hostile_texts)
def test_hostile_list(text: str) -> None:
    """What could not be read shows as it is, too."""
    items = [
        each for each in parsed(review_output.markdown(*hostile(text))) if each.type == "inline" and each.level == 3
    ]
    shown = ["".join(each.content for each in item.children or ()) for item in items]
    assert shown == [plain(f"tags of {text} ({text})"), plain(f"tags of {text}")]


@with_examples
@given(hostile_texts)
def test_hostile_text(text: str) -> None:
    """No text acts on the terminal, or begins a line."""
    shown = "\n".join(review_output.lines(*hostile(text), Look())).split("\n")
    name = safe(text)
    before = f"{name}: " if text else ""
    assert shown == [
        f"x {before}of {name} (outdated)",
        f"    affects  {name}",
        f"    fix      {name}",
        "1 error, 0 warnings",
        "1 permission set, 1 assignment, 4 accounts; 1 accepted in config.toml",
        f"not reviewed: tags of {name}",
    ]


@with_examples
@given(hostile_texts)
def test_hostile_json(text: str) -> None:
    """Programs get each text as it is; what is written has no control characters."""
    shown = to_json(review_output.as_json(*hostile(text)))
    found = json.loads(shown)
    (finding,) = found["findings"]
    assert all(each.isprintable() for each in shown.splitlines())
    assert [finding[each] for each in ("permission_set", "affects", "fix")] == [text] * 3
    assert (finding["principals"], finding["evidence"]) == ([text], {"name": text})
    assert found["accepted"] == [{**finding, "why": text}]


@pytest.mark.parametrize("text", HOSTILE)
def test_escaped(text: str) -> None:
    """An escaped text is one line, and as a paragraph it shows as it is."""
    shown = review_output.escaped(text)
    assert shown.isprintable()
    (token,) = (each for each in parsed(f"x {shown}") if each.type == "inline")
    assert "".join(each.content for each in token.children or ()) == f"x {safe(text.replace(chr(10), ' '))}".rstrip()
