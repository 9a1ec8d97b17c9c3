"""Write docs/encoders.md: what encoders make of what is sent to them."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.encoder_cases import CASES, outcome, page  # noqa: E402


def main() -> None:
    """Run the cases."""
    (ROOT / "docs" / "encoders.md").write_text(page([(case, outcome(case)) for case in CASES]), encoding="utf-8")


if __name__ == "__main__":
    main()
