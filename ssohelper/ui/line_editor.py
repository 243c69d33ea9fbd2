"""Edits one line of text on a terminal, prefilled with the previous answer."""

import sys

from prompt_toolkit.input import create_input
from prompt_toolkit.output import ColorDepth, create_output
from prompt_toolkit.shortcuts import PromptSession

from ssohelper.errors import Cancelled


def edit(question: str, text: str) -> str:
    """The text as the person leaves it. It is drawn on stderr. Raises `Cancelled` at the end of input."""
    output = create_output(stdout=sys.stderr)
    # Not every terminal answers where the cursor is, and without an answer there would be a warning.
    output.enable_cpr = False  # type: ignore[attr-defined] # of the output on Unix; the one on Windows does not ask
    session: PromptSession[str] = PromptSession(
        color_depth=ColorDepth.DEPTH_1_BIT, input=create_input(sys.stdin), output=output
    )
    try:
        return "".join(session.prompt(question, default=text).splitlines())  # lines may have been pasted
    except EOFError as error:
        raise Cancelled("no answer") from error
