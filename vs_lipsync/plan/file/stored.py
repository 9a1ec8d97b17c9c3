"""A plan file as the graph uses it: what was found in a clip, and what the user changed about it."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.errors import PlanError
from vs_lipsync.plan.file.document import ClipFacts, PlanDocument
from vs_lipsync.plan.file.faces import FaceFile
from vs_lipsync.settings.target import is_file_name

__all__ = ["StoredPlan"]


@dataclass(frozen=True)
class StoredPlan:
    """An opened plan.

    Attributes:
        path: the plan file.
        document: what it says.
        faces: the faces of the clip.
    """

    path: Path
    document: PlanDocument
    faces: FaceFile

    @classmethod
    def open(cls, source: str | os.PathLike[str]) -> Self:
        """Open a plan file. The faces are not read yet, nor is their checksum compared.

        Raises:
            PlanError: it cannot be read or is not a plan.
        """
        try:
            path = Path(source)
        except TypeError as error:
            raise PlanError(f"a plan is a path, not {source!r:.60}") from error
        return cls.of(path, PlanDocument.read(path))

    @classmethod
    def of(cls, path: Path, document: PlanDocument) -> Self:
        """Use a plan whose file would lie at a path; raises as `open`."""
        faces = FaceFile(path.with_name(document.faces.file), document.faces, document.clip.frames)
        return cls(path, document, faces)

    def check(self, clip: ClipFacts) -> None:
        """Refuse a clip that the plan was not made for.

        Raises:
            PlanError: it differs; the message says in what.
        """
        planned = self.document.clip
        different = [
            f"{name} {ours}, not {theirs}"
            for name, ours, theirs in zip(
                ("frames:", "width:", "height:", "rate:", "format:"),
                planned.model_dump().values(),
                clip.model_dump().values(),
                strict=True,
            )
            if ours != theirs
        ]
        if different:
            raise PlanError(f"{self.path} is a plan for other footage ({'; '.join(different)})")

    @property
    def target(self) -> str | Path | None:
        """Who is to speak, as `lipsync` takes it; None if the plan does not say it."""
        target = self.document.target
        return self.path.with_name(target) if target is not None and is_file_name(target) else target

    @cached_property
    def cuts(self) -> NDArray[np.bool_]:
        """[frames] which frames begin a shot."""
        cuts = np.zeros(self.document.clip.frames, bool)
        cuts[list(self.document.cuts)] = True
        return cuts

    @cached_property
    def excluded(self) -> NDArray[np.bool_]:
        """[frames] which frames the user wants left alone."""
        excluded = np.zeros(self.document.clip.frames, bool)
        for first, last, *_ in self.document.exclude:
            excluded[first : last + 1] = True
        return excluded
