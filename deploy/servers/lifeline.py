"""Becomes another program that is killed when the process that started it dies.

Run by path, in front of a command line: `python -I -S lifeline.py PARENT_PID COMMAND ...`. A
launcher rather than `preexec_fn`, which is unsafe in a process with threads (librdkafka has many).
Linux only (prctl(2), PR_SET_PDEATHSIG); elsewhere it only becomes the command.

The kernel ties the signal to the *thread* that started the child: it must come from a thread that
lives as long as the child should.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Tie this process to its parent, then become the command in `arguments[1:]`."""
    parent_pid, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:  # it died before we were tied to it
            sys.exit("the process that started this one is gone")
    os.execvp(command[0], command)  # noqa: S606  (becoming it is the point)


if __name__ == "__main__":
    main(sys.argv[1:])
