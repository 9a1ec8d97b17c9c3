"""The page that lists the command line says what the command line says."""

import subprocess
import sys

from tests.conftest import ROOT


def test_the_reference_is_not_stale() -> None:
    # In a process of its own: click remembers help options of commands that were run under other names.
    program = "import scripts.make_cli_reference as s, sys; sys.stdout.buffer.write(s.reference().encode())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=ROOT)
    written = (ROOT / "docs" / "cli-reference.md").read_bytes()
    assert written == done.stdout, "run: python scripts/make_cli_reference.py"
