"""The options that commands share."""

import click
import pytest
from click.testing import CliRunner

from ssohelper import options
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.errors import BadInput


@click.command()
@options.role
@click.option("--other")
def command(role_options: RoleOptions, other: str | None) -> None:
    """A command with the options that name a role."""
    click.echo((role_options, other))


@pytest.mark.parametrize(
    ("words", "environment", "expected"),
    [
        ([], {}, (RoleOptions(), None)),
        (["--profile", "p", "--other", "x"], {}, (RoleOptions(profile="p"), "x")),
        (
            ["--session", "acme", "--account-id", "1", "--role-name", "R"],
            {"SSOHELPER_SESSION": "beta"},
            (RoleOptions("acme", "1", "R"), None),
        ),
        ([], {"SSOHELPER_SESSION": "beta"}, (RoleOptions("beta"), None)),
    ],
)
def test_role(words: list[str], environment: dict[str, str], expected: tuple[RoleOptions, str | None]) -> None:
    """The command gets the options of a role together; `SSOHELPER_SESSION` is the default of `--session`."""
    env = {"SSOHELPER_SESSION": None, **environment}
    assert CliRunner().invoke(command, words, env=env).output == f"{expected}\n"


def test_offer_regions() -> None:
    """TAB offers the regions that begin with what was typed, with their locations."""
    ctx, option = click.Context(command), command.params[0]
    offered = {each.value: each.help for each in options.offer_regions(ctx, option, "eu-central")}
    assert offered["eu-central-1"] == "Europe (Frankfurt)"
    assert all(name.startswith("eu-central") for name in offered)
    assert len(options.offer_regions(ctx, option, "")) > 20


def test_seconds() -> None:
    """A duration, or an error with an example of the option."""
    assert options.seconds("1h30m", "--for 1h") == 5400
    with pytest.raises(BadInput) as refused:
        options.seconds("soon", "--for 1h")
    assert (str(refused.value), refused.value.hint) == (
        "not a valid duration: 'soon' (expected 30m, 6h or 1h30m)",
        "--for 1h",
    )
