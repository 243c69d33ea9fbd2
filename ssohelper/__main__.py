"""`python -m ssohelper`, and the entry point of the `ssohelper` command."""

import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from ssohelper.cli import run  # here, so that importing this module stays free of click

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
