"""How a run of the command line ends when somebody made a mistake."""

from __future__ import annotations

import subprocess


def failed(done: subprocess.CompletedProcess[str], code: int, *named: str) -> bool:
    """Tell whether a run ended as it must: one line on stderr that names so much, no result."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert is_one_line(done.stderr)
    for text in named:
        assert text in done.stderr
    return True


def is_one_line(stderr: str) -> bool:
    """Tell whether stderr has one line of ours, and none of Python's."""
    assert "Traceback" not in stderr
    assert "defect" not in stderr
    lines = stderr.splitlines()
    assert len(lines) == 1, stderr
    return lines[0].startswith("openness: ")
