"""A server in whose process system calls can be made to fail: run by a test, with libfiu's library preloaded.

`python failing_server.py CONTROL serve …`: a thread reads the file CONTROL, which names the calls that fail
from now on, and writes what it did into the file beside it.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from pathlib import Path

NO_SPACE = 28


def obey(control: Path) -> None:
    """Makes fail what the file names, and nothing else."""
    library = ctypes.CDLL("libfiu.so.0")
    library.fiu_enable.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint]
    failing: set[str] = set()
    while True:
        text = control.read_text()
        wanted = set(text.split())
        for name in failing - wanted:
            library.fiu_disable(name.encode())
        for name in wanted - failing:
            library.fiu_enable(name.encode(), 1, NO_SPACE, 0)
        if wanted != failing:
            failing = wanted
            control.with_suffix(".done").symlink_to("obeyed")
        time.sleep(0.02)


if __name__ == "__main__":
    # libfiu looks this function up when it first needs it, which can be in a thread that a library starts
    # while it is being loaded: the thread and the loader would then wait for each other for ever.
    ctypes.CDLL(None).strdup(b"found")

    # Loading a library while another thread makes calls that libfiu wraps can stop both for ever: so
    # everything is loaded before there is a second thread.
    import steelyard.entrypoints.console.app
    import steelyard.entrypoints.server  # noqa: F401
    from steelyard.__main__ import main

    threading.Thread(target=obey, args=(Path(sys.argv.pop(1)),), daemon=True).start()
    main()
