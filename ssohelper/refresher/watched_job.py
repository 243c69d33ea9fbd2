"""Runs a command as a child process, and reads what it prints on stderr, before it is printed.

Where stdout and stderr lead to the same place, such as a terminal, both are read, so that their order stays.
The child has the same terminal and process group, a terminal as its stderr if ours is one, and gets the signals that
are sent to this process. Its exit code, or the signal that ended it, becomes that of this process.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from ssohelper.refresher import job

_STDIN, _STDOUT, _STDERR = 0, 1, 2
_CHUNK_BYTES = 65536
# Tools such as timeout signal the whole process group: the child may have got the signal already, and end by it.
_FORWARD_AFTER_SECONDS = 0.1

# Takes what the command prints.
Watch = Callable[[bytes], None]


def run(words: Sequence[str], environment: Mapping[str, str], watch: Watch) -> int:
    """Run a command to its end. Returns its exit code, or the negative number of the signal that ended it.

    Raises `NotFound`, `NotExecutable`.
    """
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    if sys.stderr is None:  # it is closed: there is nothing to read
        return job.run(words, environment)
    if sys.platform != "win32":
        return _run(words, environment, watch)

    def copy(data: bytes) -> None:
        watch(data)
        _write_all(data)

    return job.run_child(words, environment, copy)


def exit_as(code: int) -> int:
    """The exit code for what `run` returned; a signal ends this process as it ended the command."""
    if code >= 0 or sys.platform == "win32":
        return code
    import resource  # not on Windows

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the command has left its own
    with suppress(OSError):  # SIGKILL has no handler
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
    return 128 - code  # a signal that is blocked


def _write_all(data: bytes) -> None:
    """Write data to stderr as it is. Raises `OSError` if nobody reads it any more."""
    while data:
        try:
            data = data[os.write(_STDERR, data) :]
        except BlockingIOError:
            select.select([], [_STDERR], [])


if sys.platform != "win32":
    # Those that are sent to a process to tell it something; SIGWINCH tells that the terminal has another size.
    _FORWARDED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
    _KEYBOARD_SIGNALS = (signal.SIGINT, signal.SIGQUIT)

    def _run(words: Sequence[str], environment: Mapping[str, str], watch: Watch) -> int:
        with _received_signals() as signals:
            reading, writing = _like_stderr()
            try:
                stdout = writing if _are_one_place() else None
                # Descriptors that we were given are for the command.
                child = subprocess.Popen(words, env=dict(environment), stdout=stdout, stderr=writing, close_fds=False)
            except OSError as error:
                os.close(reading)
                raise job.exec_error(words[0], error) from error
            finally:
                os.close(writing)
            return _Watcher(child, reading, watch).run(signals)

    class _Watcher:
        """Copies what a child prints, on the descriptor `reading`, to our stderr, and passes signals on to it."""

        def __init__(self, child: "subprocess.Popen[bytes]", reading: int, watch: Watch) -> None:
            self._child = child
            self._reading = reading
            self._watch = watch
            self._open = True

        def run(self, signals: int) -> int:
            """Copy until the child has ended; `signals` is a descriptor with the numbers of received signals.

            Returns its exit code, or the negative number of the signal that ended it.
            """
            while (code := self._exit_code()) is None:
                ready, _, _ = select.select([signals, *([self._reading] if self._open else [])], [], [])
                if self._reading in ready:
                    self._copy()
                if signals in ready:
                    for number in os.read(signals, _CHUNK_BYTES):
                        self._forward(number)
            while self._open and select.select([self._reading], [], [], 0)[0]:
                self._copy()
            if self._open and os.fork() == 0:
                self._copy_in_background()
            return code

        def _exit_code(self) -> int | None:
            """The exit code if the child has ended. If it is stopped, stop, too, until we are continued."""
            process_id, status = os.waitpid(self._child.pid, os.WNOHANG | os.WUNTRACED)
            if not process_id:
                return None
            if os.WIFSTOPPED(status):
                os.kill(os.getpid(), signal.SIGSTOP)
                return None
            self._child.returncode = os.waitstatus_to_exitcode(status)
            return self._child.returncode

        def _forward(self, number: int) -> None:
            """Pass a signal on to the child, unless the terminal has sent it to both."""
            if number == signal.SIGWINCH:  # the child may have looked already, at the old size
                _set_size(self._reading)
                self._child.send_signal(number)
            elif number in _FORWARDED and not (number in _KEYBOARD_SIGNALS and _is_foreground()):
                if number not in (signal.SIGUSR1, signal.SIGUSR2):
                    time.sleep(_FORWARD_AFTER_SECONDS)
                if self._exit_code() is None:
                    os.kill(self._child.pid, number)

        def _copy(self) -> None:
            """Copy what there is. At the end, or if nobody reads our stderr any more, close the child's."""
            try:
                data = os.read(self._reading, _CHUNK_BYTES)
            except OSError:  # on Linux, a terminal that nobody has open any more
                data = b""
            try:
                if data:
                    self._look_at(data)
                    _write_all(data)
                    return
            except BrokenPipeError:
                pass
            except OSError:  # such as a full disk: the command goes on
                return
            self._open = False
            os.close(self._reading)

        def _look_at(self, data: bytes) -> None:
            try:
                self._watch(data)
            except Exception:  # noqa: BLE001 (whatever is wrong with the watch, the command goes on)
                self._watch = lambda _data: None

        def _copy_in_background(self) -> None:
            """Go on copying for processes that the child has left, as long as they have its stderr open."""
            try:
                signal.set_wakeup_fd(-1)
                for number in _FORWARDED:
                    signal.signal(number, signal.SIG_DFL)
                os.dup2(self._reading, _STDIN)
                self._reading = _STDIN
                os.close(_STDOUT)  # its readers need not wait for us, nor those of other descriptors
                os.closerange(_STDERR + 1, os.sysconf("SC_OPEN_MAX"))
                self._watch = lambda _data: None
                while self._open:
                    self._copy()
            finally:
                os._exit(0)

    @contextmanager
    def _received_signals() -> Iterator[int]:
        """A descriptor from which the numbers of received signals can be read. They do nothing else."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        # Not SIG_IGN, which the child would inherit; those that are ignored already stay so.
        numbers = [each for each in (*_FORWARDED, signal.SIGWINCH) if signal.getsignal(each) is not signal.SIG_IGN]
        before = {number: signal.signal(number, _ignore) for number in (*numbers, signal.SIGCHLD)}
        outer = signal.set_wakeup_fd(writing)
        try:
            yield reading
        finally:
            signal.set_wakeup_fd(outer)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(reading)
            os.close(writing)

    def _ignore(_number: int, _frame: object) -> None:
        """Handle a signal whose number has been written to the descriptor."""

    def _are_one_place() -> bool:
        """Whether our stdout and stderr lead to the same place."""
        try:
            return os.path.sameopenfile(_STDOUT, _STDERR)
        except OSError:  # one of them is closed
            return False

    def _like_stderr() -> tuple[int, int]:
        """Two ends, to read and to write: of a terminal like the one that is our stderr, else of a pipe."""
        import termios  # not on Windows

        if not os.isatty(_STDERR):
            return os.pipe()
        reading, writing = os.openpty()
        modes = termios.tcgetattr(_STDERR)
        modes[1] &= ~termios.OPOST  # the terminal itself does that
        termios.tcsetattr(writing, termios.TCSANOW, modes)
        _set_size(reading)
        return reading, writing

    def _set_size(terminal: int) -> None:
        """Give a terminal the size of the one that is our stderr; do nothing if either is none."""
        import termios  # not on Windows

        with suppress(OSError, termios.error):
            termios.tcsetwinsize(terminal, termios.tcgetwinsize(_STDERR))

    def _is_foreground() -> bool:
        """Whether this process group gets the signals of the terminal's keys, the child in it, too."""
        try:
            terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
        except OSError:
            return False
        try:
            return os.tcgetpgrp(terminal) == os.getpgrp()
        except OSError:
            return False
        finally:
            os.close(terminal)
