"""The cuts of a plan, changed on the page."""

from pathlib import Path

from vs_lipsync.errors import PlanError, ProjectError
from vs_lipsync.files import write_text
from vs_lipsync.plan.file.document import PlanDocument

__all__ = ["Cuts", "PlanCuts"]

type Cuts = tuple[int, ...]
"""First frames of all shots but the first."""


class PlanCuts:
    """What of a plan file is changed: where shots begin. The file is whole at any moment."""

    def __init__(self, plan: Path) -> None:
        """Change a plan, which need not be there yet."""
        self._plan = plan

    def now(self) -> Cuts | None:
        """Return the cuts that the file has; None if there is no plan that can be read."""
        try:
            return PlanDocument.read(self._plan).cuts
        except PlanError:
            return None

    def put(self, cuts: Cuts) -> None:
        """Write other cuts.

        Raises:
            PlanError: there is no plan, or they lie outside of it.
        """
        document = PlanDocument.read(self._plan)
        changed = PlanDocument.model_validate({**document.model_dump(), "cuts": cuts})
        write_text(self._plan, changed.text())

    def with_cut(self, frame: int, *, is_cut: bool) -> Cuts:
        """Return the cuts with a shot that begins at a frame, or with none that begins there.

        Raises:
            ProjectError: it is so already, or there is no plan.
        """
        document = PlanDocument.read(self._plan)
        cuts = set(document.cuts)
        if not 1 <= frame < document.clip.frames:
            raise ProjectError(f"no shot can begin at frame {frame}: the first one begins with the film")
        if (frame in cuts) == is_cut:
            raise ProjectError(f"frame {frame} begins {'a shot already' if is_cut else 'no shot'}")
        return tuple(sorted(cuts | {frame} if is_cut else cuts - {frame}))
