"""The page that lists the command line says what the command line says."""

import scripts.make_cli_reference as script
from tests.conftest import ROOT


def test_the_reference_is_not_stale() -> None:
    written = (ROOT / "docs" / "cli-reference.md").read_text(encoding="utf-8")
    assert written == script.reference(), "run: python scripts/make_cli_reference.py"
