"""The path of each file that we use, ours and AWS's. Of the disk, only the state folder is looked at."""

import os
from pathlib import Path

from ssohelper.storage import folders


def aws_config() -> Path:
    """The AWS config file: `AWS_CONFIG_FILE`, else `~/.aws/config`."""
    return Path(folders.aws_config_file())


def default_aws_config() -> Path:
    """The AWS config file where `AWS_CONFIG_FILE` is not set."""
    return expanded("~/.aws/config")


def aws_credentials() -> Path:
    """The shared credentials file: `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`."""
    return Path(folders.aws_credentials_file())


def sso_cache() -> Path:
    """The token cache of the AWS CLI and the SDKs. Only the home folder changes its place."""
    return expanded("~/.aws/sso/cache")


def role_cache() -> Path:
    """The AWS CLI's cache of role credentials. Only the home folder changes its place."""
    return expanded("~/.aws/cli/cache")


def settings() -> Path:
    """Our settings, `config.toml` in the user's config folder."""
    return Path(folders.settings_folder()) / "config.toml"


def state() -> Path:
    """Our state folder: locks, backups, prepared answers, refresh history.

    If it cannot be trusted, a path at which nothing can exist.
    """
    return Path(folders.UNTRUSTED if folders.state_problem() else folders.folder())


def agent() -> Path:
    """The agent's status file."""
    return state() / "agent.json"


def agent_log() -> Path:
    """The agent's log, where the service manager keeps none."""
    return state() / "agent.log"


def refresh_history() -> Path:
    """The folder with the sign-in time and refresh results of each session."""
    return state() / "refresh-history"


def answers() -> Path:
    """The folder of all prepared answers."""
    return state() / "answers"


def unsaved_tokens() -> tuple[Path, ...]:
    """Folders for a new token that cannot be saved in the token cache, on two file systems if possible."""
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    return (state() / "unsaved-tokens", *([runtime / "ssohelper"] if runtime.is_absolute() else []))


def prompts() -> Path:
    """The folder with the state files that shell hooks read."""
    return state() / "prompt"


def recent_profiles() -> Path:
    """The list of profiles that `ssohelper use` selected last."""
    return state() / "recent-profiles"


def recent_roles() -> Path:
    """The folder with the roles that were used recently."""
    return state() / "recent-roles"


def exec_folder() -> Path:
    """The folder in which each running `ssohelper exec` has a private folder."""
    return state() / "exec"


def expanded(path: str) -> Path:
    """The path with the home folder for `~`, as in botocore: unchanged if there is none, or no such user."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 (Path.expanduser raises an error then)


def shown(path: Path) -> str:
    """The path with `~` for the home folder."""
    home = expanded("~")
    return str(Path("~") / path.relative_to(home)) if path.is_relative_to(home) else str(path)
