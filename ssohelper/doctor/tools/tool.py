"""What the doctor knows of another tool."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ssohelper.aws_config.config_text import Section


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool, by what sets it apart from others.

    `finds_profile` is whether it finds a profile that botocore finds. `wrote_token` is whether a token file, as JSON
    data, was written by it, which drops the refresh token.
    """

    name: str
    finds_profile: Callable[[Section], bool] = lambda _section: True
    wrote_token: Callable[[Mapping[str, object]], bool] = lambda _data: False
