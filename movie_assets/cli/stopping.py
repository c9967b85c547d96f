"""Ends a program at the first Ctrl-C or SIGTERM, within two seconds, with exit code 130 or 143."""

import atexit
import os
import signal
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Event, Thread, current_thread, main_thread
from types import FrameType
from typing import NoReturn

GRACE_SECONDS = 1.25
"""How long a stopped command may clean up; then the process ends: half-written data never counts."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SHOW_CURSOR = b"\x1b[?25h"
_received: Future[int] = Future()
"""The first signal of this process."""

_told = Event()
"""Set once the terminal shows why the program ends."""


def exit_code() -> int:
    """The exit code of a stopped program; that of Ctrl-C if no signal is known."""
    with suppress(TimeoutError):
        return 128 + _received.result(timeout=GRACE_SECONDS)
    return 128 + signal.SIGINT


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Both signals stop the block as Ctrl-C does, and the program ends with one line instead of a traceback.

    Python runs its handlers only after a native call returns, and Dagster replaces them. So the interpreter also wakes
    a thread at once, which ends the process if it does not end in time.
    """
    if current_thread() is not main_thread() or _received.done():
        yield
        return
    hearing, telling = socket.socketpair()
    telling.setblocking(False)
    Thread(target=_watch, args=(hearing,), daemon=True).start()
    handlers = {number: signal.signal(number, _stop) for number in _SIGNALS}
    earlier = signal.set_wakeup_fd(telling.fileno(), warn_on_full_buffer=False)
    try:
        yield
    except SystemExit:  # the reason is printed
        if not _received.done():
            raise
        _end()
    except BaseException as error:
        if not (_received.done() or KeyboardInterrupt in (type(error), type(error.__cause__))):
            raise
        _tell()
        _end()
    finally:
        signal.set_wakeup_fd(earlier)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        telling.close()


def _stop(number: int, frame: FrameType | None) -> None:
    for each in _SIGNALS:  # already ending
        signal.signal(each, signal.SIG_IGN)
    sys.unraisablehook = _tell_no_interrupt
    raise KeyboardInterrupt


def _tell_no_interrupt(unraisable: "sys.UnraisableHookArgs") -> None:
    """A Python callback has swallowed the signal's exception; the watching thread ends the process."""
    if unraisable.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(unraisable)


def _end() -> NoReturn:
    """End the process as the interpreter does, without its teardown of modules, which can take seconds."""
    code = exit_code()
    if not _received.done():  # Ctrl-C without a signal
        raise SystemExit(code)
    _told.set()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _watch(hearing: socket.socket) -> None:
    """Wait for the first signal; end the process if it does not end itself."""
    with hearing:
        while heard := hearing.recv(1):
            if heard[0] in _SIGNALS:
                _received.set_result(heard[0])
                Event().wait(GRACE_SECONDS)
                _tell()
                os._exit(exit_code())


def _tell() -> None:
    """Print once why the program ends, bypassing the streams, which the stopped code may hold."""
    if not _told.is_set():
        _told.set()
        with suppress(OSError):
            if os.isatty(1):
                os.write(1, _SHOW_CURSOR)  # the status line has hidden it
            os.write(2, b"Stopped.\n")
