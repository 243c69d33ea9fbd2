"""Errors, named by what follows from them, and how a near match is worded.

    SsohelperError                 exit code
    ├── Failed                     1    a file, a program or an answer on this machine is unusable
    │   ├── AccessDenied           1    Identity Center or STS denies access
    │   │   └── AssumeRoleDenied   1    STS denies a role another one
    │   ├── SourceRejected         1    STS rejects the source credentials: new ones may be accepted
    │   ├── NotFound               1    AWS does not know what it was asked about
    │   ├── Locked                 1    a sensitive role that is not unlocked
    │   └── ConfigConflict         1    ~/.aws/config is ambiguous
    ├── BadInput                   2    invalid arguments, options or settings
    ├── SignInRequired             4    a person has to sign in
    │   └── MfaRequired            4    a person has to enter an MFA code
    ├── Unavailable                5    the service or the network; the same command may work later
    └── Cancelled                130    the person answered no, or pressed Ctrl-C

A message is one line, lower case, without a full stop. A hint is a command to paste, or one line that says what to
do. Neither ever holds a secret.
"""

from collections.abc import Collection, Iterable, Mapping

# How many near matches are named.
_MOST = 3


class SsohelperError(Exception):
    """The base class: `str(error)` is the message, `hint` what to do about it."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class Failed(SsohelperError):
    """Something on this machine failed, or gave an answer that we cannot use."""


class AccessDenied(Failed):
    """A 403: a role is not assigned to the user, or may not assume another one, or may not ask about itself."""


class AssumeRoleDenied(AccessDenied):
    """STS denies a role another one: other profiles may still assume it, and credentials that are cached work."""


class SourceRejected(Failed):
    """STS or IAM rejected the credentials of a role: newer ones may be accepted."""


class NotFound(Failed):
    """AWS does not know what it was asked about, such as a user who was deleted."""


class Locked(Failed):
    """The role is sensitive, and not unlocked."""


class ConfigConflict(Failed):
    """The AWS config file cannot be edited without guessing what it means."""


class BadInput(SsohelperError):
    """An argument, an option, a setting or a name is invalid."""

    exit_code = 2


class SignInRequired(SsohelperError):
    """There is no access token that Identity Center accepts."""

    exit_code = 4


class MfaRequired(SignInRequired):
    """A code of the MFA device `serial` is needed to assume a role."""

    def __init__(self, message: str, *, serial: str, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.serial = serial


class Unavailable(SsohelperError):
    """Identity Center cannot be reached, or does not answer as it should."""

    exit_code = 5


class Cancelled(SsohelperError):
    """The person answered no, or pressed Ctrl-C."""

    exit_code = 130


def did_you_mean(word: str, known: Iterable[str], preferred: Collection[str] = ()) -> str:
    """`; did you mean X?` to end a message with, or nothing if no known word is similar.

    Of equally similar words, one of `preferred` is named. This is prose: no near match ever stands in a command.
    """
    near = similar(word, known, preferred)
    return f"; did you mean {near[0]}?" if near else ""


def did_you_mean_one_of(word: str, described: Mapping[str, str]) -> str:
    """The same for words with descriptions: up to three are named with theirs, since the person has to choose."""
    return did_you_mean_any({each: described[each] for each in similar(word, described)})


def did_you_mean_any(described: Mapping[str, str]) -> str:
    """The same for words with descriptions that were found in another way than by similarity."""
    near = [f"{word} ({description})" for word, description in described.items()][:_MOST]
    listed = " or ".join(filter(None, (", ".join(near[:-1]), *near[-1:])))
    return f"; did you mean {listed}?" if near else ""


def similar(word: str, known: Iterable[str], preferred: Collection[str] = ()) -> list[str]:
    """The known words that are similar to `word`, ignoring case, the most similar first.

    Swapped letters (`us-esat-1`) are the most likely slip.
    """
    import difflib  # slow to load

    typed = word.lower()
    folded = {each.lower(): each for each in known}

    def similarity(each: str) -> tuple[bool, float, bool]:
        ratio = difflib.SequenceMatcher(a=each, b=typed).ratio()
        return sorted(each) == sorted(typed), ratio, folded[each] in preferred

    near = difflib.get_close_matches(typed, folded)
    return [folded[each] for each in sorted(near, key=similarity, reverse=True)]
