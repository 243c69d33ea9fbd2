"""Where each file lives, ours and AWS's. Nothing here touches the disk."""

import os
from pathlib import Path

from ssohelper.storage import folders as _state


def aws_config() -> Path:
    """The AWS config file: `AWS_CONFIG_FILE`, else `~/.aws/config`."""
    return _from_environment("AWS_CONFIG_FILE", "~/.aws/config")


def default_aws_config() -> Path:
    """The AWS config file where no variable names another one."""
    return Path("~/.aws/config").expanduser()


def aws_credentials() -> Path:
    """The shared credentials file: `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`."""
    return _from_environment("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")


def sso_cache() -> Path:
    """The token cache of the AWS CLI and the SDKs; no variable moves it, only the home folder does."""
    return Path("~/.aws/sso/cache").expanduser()


def role_cache() -> Path:
    """The AWS CLI's cache of role credentials; nothing but the home folder moves it either."""
    return Path("~/.aws/cli/cache").expanduser()


def settings() -> Path:
    """Our settings, `config.toml` in the user's config folder."""
    return Path(_state.settings_folder()) / "config.toml"


def state() -> Path:
    """Our own state: locks, backups, prepared answers, and what is remembered of renewals."""
    return Path(_state.folder())


def agent() -> Path:
    """What the agent tells of itself."""
    return state() / "agent.json"


def agent_log() -> Path:
    """What the agent has had to say, where nobody else keeps it."""
    return state() / "agent.log"


def refresh_history() -> Path:
    """The folder of what is recorded of sign-ins and their refreshes."""
    return state() / "refresh-history"


def prompts() -> Path:
    """The folder in which the hooks of shells find what a prompt shows."""
    return state() / "prompt"


def recent_profiles() -> Path:
    """The file that tells which profiles were used last in a shell."""
    return state() / "recent-profiles"


def recent_roles() -> Path:
    """The folder that tells which roles were used lately."""
    return state() / "recent-roles"


def exec_folder() -> Path:
    """The folder in which each running job has one of its own."""
    return state() / "exec"


def shown(path: Path) -> str:
    """The path as a person would write it, with `~` for the home folder."""
    home = Path("~").expanduser()
    return str(Path("~") / path.relative_to(home)) if path.is_relative_to(home) else str(path)


def _from_environment(variable: str, default: str) -> Path:
    # botocore expands variables and `~` in these, in this order.
    path = Path(os.path.expandvars(os.environ.get(variable) or default)).expanduser()
    real = os.environ.get(f"SSOHELPER_{variable}")
    # Inside of `ssohelper exec` it is a copy, which goes with the command: we use the person's own.
    return Path(real) if real and path.parent.parent == exec_folder() else path
