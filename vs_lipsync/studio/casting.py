"""Who is who in a project that is open in the studio, and who speaks which stem."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from vs_lipsync.errors import ProjectError
from vs_lipsync.media.source import SourceClip
from vs_lipsync.studio.analyst import Analyst
from vs_lipsync.studio.footage import Footage
from vs_lipsync.studio.identities import Somebody, merged, split
from vs_lipsync.studio.matching import MatchedStem, changes_for, match
from vs_lipsync.studio.people import Entry, PeopleReader
from vs_lipsync.studio.project_file import ProjectFile
from vs_lipsync.studio.project_text import Change
from vs_lipsync.studio.pulse import Pulse
from vs_lipsync.studio.shelf import Shelf
from vs_lipsync.studio.task import Step, Task

__all__ = ["Casting"]


class Casting:
    """The people of a project. What changes them is returned as changes of the project."""

    def __init__(self, project: ProjectFile, source: SourceClip, analyst: Analyst, shelf: Shelf, pulse: Pulse) -> None:
        """Prepare.

        Args:
            project: the project.
            source: its clip.
            analyst: knows the film.
            shelf: has the stems.
            pulse: is beaten when something has changed.
        """
        self._project = project
        self._source = source
        self._analyst = analyst
        self._shelf = shelf
        self._people = PeopleReader(project.path.parent, source.timeline)
        self._matching = Task(pulse)
        self._matched: list[MatchedStem] = []

    def close(self) -> None:
        """Stop what is being done."""
        self._matching.close()

    def told(self) -> dict[str, Any]:
        """Return what the page shows of the stems that are compared with people."""
        return self._matching.told() | {"found": [one.told() for one in self._matched]}

    def merge(self, kept: Mapping[str, Any], other: Mapping[str, Any]) -> list[Change]:
        """Return the changes by which two people are one.

        Args:
            kept: the one whose name and settings stay: `path`, where that person stands in the project, or `lane`.
            other: the other one; the same.

        Raises:
            LipsyncError: they cannot be one, or there is no such person.
            vs.Error: somebody is not found.
        """
        footage, folder = self.footage(), self._project.path.parent
        both = [self._somebody(one, footage) for one in (kept, other)]
        if both[0] == both[1]:
            raise ProjectError(f"{both[0].title} is one person already")
        stem = self._project.path.stem
        return merged(both[0], both[1], footage, folder, stem, self._source.timeline)

    def split(self, one: Mapping[str, Any], frame: int) -> list[Change]:
        """Return the changes by which the face that somebody has in a frame's shot is another person's; as `merge`."""
        footage, folder = self.footage(), self._project.path.parent
        somebody = self._somebody(one, footage)
        taken = {lane.name for lane in footage.named} | {entry.table.get("name") for entry in self.entries()}
        name = next(name for name in (f"Person {n}" for n in range(1, len(taken) + 2)) if name not in taken)
        return split(somebody, frame, footage, folder, name, self._source.timeline)

    def match(self, stems: Sequence[str]) -> None:
        """Begin to find out who speaks some stems, each by one person.

        Raises:
            ProjectError: the film is not analysed yet, or there is no such stem.
        """
        footage, folder = self.footage(), self._project.path.parent
        known = {sound["name"] for sound in self._shelf.sounds(self._project.call.output)}
        if not stems or not all(name in known for name in stems) or len(set(stems)) < len(stems):
            raise ProjectError("choose the stems of the people who are to be found")
        files = [(name, folder / name) for name in stems]
        offset = float(self._project.call.voice.offset)
        self._matched = []

        def work(step: Step) -> None:
            self._matched = match(files, offset, footage, self._source.timeline, step)

        self._matching.start("comparing", work)

    def stop_matching(self) -> None:
        """Let it be, and forget what was found."""
        self._matching.stop()
        self._matched = []

    def found(self) -> list[Change]:
        """Return the changes by which everybody speaks the stem that was found for them.

        Raises:
            ProjectError: nothing was found, or it is not clear.
        """
        doubts = [one.doubt for one in self._matched if one.doubt]
        if doubts or not self._matched:
            raise ProjectError(doubts[0] if doubts else "nobody was found yet")
        footage = self.footage()
        found = []
        for one in self._matched:
            at = None if one.place is None else footage.lane_at(one.place)  # the cuts may have changed since
            found.append(replace(one, lane=None if at is None else at[0]))
        stems: list[Change] = [{"path": ["stems"], "remove": True}] if "stems" in self._project.document else []
        return [*stems, *changes_for(found, self.entries(), footage)]

    def entries(self, document: Mapping[str, Any] | None = None) -> list[Entry]:
        """Return the people of the project, and which faces of the film are theirs."""
        call, parts = self._project.call, self._analyst.parts
        made = [] if parts is None else parts["parts"]
        lanes = [part["lane"] for part in made] if len(made) == (len(call.cast) or int(call.speaks)) else []
        return self._people.read(self._project.document if document is None else document, self._analyst.known, lanes)

    def footage(self) -> Footage:
        """Return what is known of the film; ProjectError if it is not analysed yet."""
        if self._analyst.known is None:
            raise ProjectError("the film is not analysed yet")
        return self._analyst.known

    def _somebody(self, one: Mapping[str, Any], footage: Footage) -> Somebody:
        """Return whom the page means by a path in the project, or by the number of a lane."""
        entry = next((entry for entry in self.entries() if entry.path == one.get("path")), None)
        lane = one.get("lane")
        numbers = entry.lanes if entry is not None else (lane,) if isinstance(lane, int) else ()
        if not numbers or not all(0 <= number < len(footage.named) for number in numbers):
            raise ProjectError("this person is not found in the film")
        if entry is not None and entry.path == ["settings"]:
            raise ProjectError("here one dub is for everybody; give this person a stem instead")
        lanes = [footage.named[number] for number in numbers]
        named = None if entry is None else entry.table.get("name")
        return Somebody(entry, lanes, str(named or lanes[0].name))
