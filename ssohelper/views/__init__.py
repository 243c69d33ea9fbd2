"""What the commands that read files alone show.

None of them imports click: without options, each starts in half of the time that click takes to load.
"""

from collections.abc import Callable

# Prints a text, and a line end.
Echo = Callable[[str], object]
