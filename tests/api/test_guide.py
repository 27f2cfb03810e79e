"""The guide stays true: its commands run, in its order, in an empty folder, against a server of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.api.conftest import environment

GUIDE = Path(__file__).parents[2] / "docs" / "guide.md"
RECORD = GUIDE.parent / "reference" / "record.md"
PORT = "8420"

_BLOCK = re.compile(r"^```sh(?P<about>[^\n]*)\n(?P<commands>.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A block of the guide: its commands, what runs on, and the exit code it shall end with."""

    commands: str
    is_server: bool
    code: int


def steps(text: str) -> list[Step]:
    """The blocks of commands of a page, in order."""
    found: list[Step] = []
    for block in _BLOCK.finditer(text):
        about = block["about"].split()
        code = next((int(word.removeprefix("fails=")) for word in about if word.startswith("fails=")), 0)
        found.append(Step(commands=block["commands"], is_server="server" in about, code=code))
    return found


def script(found: list[Step], port: int) -> str:
    """The steps as one shell session that stops at the first command that does not do what the page says."""
    parts = ["set -e", "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT"]
    for step in found:
        commands = step.commands.rstrip().replace(PORT, str(port))
        if step.is_server:
            parts += [
                commands,
                f"until curl -sS -o /dev/null http://127.0.0.1:{port}/readyz 2>/dev/null; do sleep 0.1; done",
            ]
        elif step.code:
            *before, last = commands.splitlines()
            wanted = f"code=0; {last} || code=$?; test $code -eq {step.code}"
            parts += [*before, wanted]
        else:
            parts.append(commands)
    return "\n".join(parts) + "\n"


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_session(text: str, folder: Path) -> tuple[int, str]:
    """The exit code of a session in the folder, and all it said; what it started ends with it."""
    program = folder / "bin" / "steelyard"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m steelyard "$@"\n')
    program.chmod(0o755)
    around = environment()
    around = {**around, "PATH": f"{program.parent}{os.pathsep}{around['PATH']}"}
    around.pop("STEELYARD_KEY", None)
    session = subprocess.Popen(
        ["bash", "-c", text],
        cwd=folder,
        env=around,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = session.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        os.killpg(session.pid, signal.SIGKILL)
        said, _ = session.communicate()
        return -1, f"it did not end:\n{said}"
    return session.returncode, said


_NEEDED = ("bash", "curl", "openssl")


@pytest.mark.timeout(400)
@pytest.mark.skipif(not all(map(shutil.which, _NEEDED)), reason=f"needs {', '.join(_NEEDED)}")
def test_the_guide_does_what_it_says(tmp_path: Path) -> None:
    code, said = run_session(script(steps(GUIDE.read_text()), free_port()), tmp_path)
    assert code == 0, said
    for promised in (
        "1 events stored, 1 were there already, 0 refused",
        "total 60.63 USD",
        "\nverified\n",
        "this does not verify",
        "2026-10: unchanged",
        "entries verify",
    ):
        assert promised in said, f"the guide promises {promised!r}; it said:\n{said}"
    assert (tmp_path / "invoice.pdf").read_bytes().startswith(b"%PDF-")
    check_as_a_stranger(tmp_path, said)


def check_as_a_stranger(folder: Path, said: str) -> None:
    """The program of the record's page, which shares no code with ours, comes to the same verdicts."""
    (program,) = re.findall(r"^```python\n(.*?)^```$", RECORD.read_text(), re.DOTALL | re.MULTILINE)
    (folder / "check.py").write_text(program)
    key = re.findall(r"Verifier key of its record: (\S+)", said)[0]
    for name, good in (("evidence.json", True), ("changed.json", False)):
        command = [sys.executable, "check.py", name, key]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode == 0) is good, done.stdout + done.stderr


def test_a_guide_that_is_wrong_is_noticed(tmp_path: Path) -> None:
    page = "```sh\nsteelyard catalog validate nowhere\n```\n```sh\necho still here\n```\n"
    code, said = run_session(script(steps(page), 1), tmp_path)
    assert code == 3
    assert "still here" not in said


def test_an_expected_failure_must_happen(tmp_path: Path) -> None:
    code, _ = run_session(script(steps("```sh fails=3\ntrue\n```\n"), 1), tmp_path)
    assert code != 0
