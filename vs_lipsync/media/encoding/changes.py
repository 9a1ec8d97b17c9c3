"""What frames say of their samples otherwise than the first one: a file says it once for all."""

from typing import Final

import vapoursynth as vs

__all__ = ["Changes"]

_SAID: Final = {
    "_Matrix": "the matrix of its colours",
    "_Transfer": "its transfer function",
    "_Primaries": "its primaries",
    "_Range": "the range of its samples",
    "_ChromaLocation": "where its chroma lies",
    "_FieldBased": "whether its pictures are made of fields",
}
"""Properties that are written once, and what they are about."""


class Changes:
    """Looks at the frames of a job, in order."""

    def __init__(self) -> None:
        """Wait for the first frame."""
        self._first: dict[str, object] | None = None
        self._told: set[str] = set()

    def look(self, number: int, frame: vs.VideoFrame) -> str | None:
        """Return what the user should know of a frame: what it says for the first time otherwise than the first one."""
        said: dict[str, object] = {name: frame.props.get(name) for name in _SAID}
        if self._first is None:
            self._first = said
            return None
        if said == self._first:
            return None
        changed = [text for name, text in _SAID.items() if said[name] != self._first[name]]
        new = [text for text in changed if text not in self._told]
        self._told.update(new)
        if not new:
            return None
        return (
            f"from frame {number} on the clip changes {' and '.join(new)}: the file says what its first frame does, "
            "and what follows will look different; dub the parts one by one with --start and --end"
        )
