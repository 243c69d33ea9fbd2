"""What the frequent commands do, without click, which takes longer to load than most of them take.

Each is called by its command in `ssohelper/commands`, and by `exact_forms` for the command lines that need no click.
"""

from collections.abc import Callable

# Prints a text, and a line end.
Echo = Callable[[str], object]
