"""What can go wrong, named by what follows from it.

    SsohelperError                 exit code
    ├── Failed                     1    something here is broken: a file, a program, an answer
    │   ├── AccessDenied           1    Identity Center says that this user may not
    │   ├── Locked                 1    a sensitive role that nobody has unlocked
    │   └── ConfigConflict         1    ~/.aws/config says something that we must not guess about
    ├── BadInput                   2    the person's words, options or settings are off
    ├── SignInRequired             4    only a person can go on: they have to sign in
    ├── Unavailable                5    the service or the network; the same command may work later
    └── Cancelled                130    the person said no

A message is one line, lower case, without a full stop. A hint is a command to paste, or one line that says what to
do. Neither ever holds a secret.
"""


class SsohelperError(Exception):
    """The root of our errors: `str(error)` is the message for the person, `hint` what they can do."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class Failed(SsohelperError):
    """Something on this machine is broken, or answered what we cannot use."""


class AccessDenied(Failed):
    """Identity Center answered 403: the role is not assigned to this user in that account."""


class Locked(Failed):
    """The role is a sensitive one: a person has to unlock it first."""


class ConfigConflict(Failed):
    """The AWS config file says something that cannot be edited without guessing."""


class BadInput(SsohelperError):
    """An option, a setting or a name is wrong."""

    exit_code = 2


class SignInRequired(SsohelperError):
    """There is no access token that Identity Center takes."""

    exit_code = 4


class Unavailable(SsohelperError):
    """Identity Center cannot be reached, or does not answer as it should."""

    exit_code = 5


class Cancelled(SsohelperError):
    """The person answered no, or pressed Ctrl-C."""

    exit_code = 130
