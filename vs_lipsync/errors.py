"""Every error that the package raises on purpose. The message is one line that says what is wrong and what to do.

The filter turns these into `vs.Error("lipsync: ...")` (`graph.named_errors`), the command line into a line on standard
error and an exit code (`cli.main`).
"""

__all__ = [
    "CastError",
    "CheckpointError",
    "DubError",
    "ExemplarError",
    "JobError",
    "JobFileError",
    "LipsyncError",
    "ModelError",
    "PlanError",
    "ProjectError",
    "SettingError",
    "SmartRenderError",
    "SpeakerError",
    "TimecodeError",
    "WeightsError",
    "ZoneError",
    "ZoneFileError",
    "one_line",
]


class LipsyncError(Exception):
    """Base of all of them."""


class SettingError(LipsyncError, ValueError):
    """A setting that has no such value.

    Attributes:
        setting: its name.
    """

    def __init__(self, setting: str, wanted: str, value: object) -> None:
        super().__init__(f"{setting} must be {wanted}, not {value!r:.60}")
        self.setting = setting


class TimecodeError(LipsyncError, ValueError):
    """Timecodes that cannot be read, are too few or too many, or do not increase."""


class DubError(LipsyncError):
    """A dub that cannot be opened or decoded."""


class SpeakerError(LipsyncError, ValueError):
    """A person that cannot be told: no such file, no face in a picture, nobody where the user points."""


class ExemplarError(LipsyncError, ValueError):
    """Other footage that no mouths can be taken from: not of the person who speaks, or of another kind."""


class CastError(LipsyncError, ValueError):
    """A cast that cannot be: nobody in it, one person twice, a person without a dub.

    Attributes:
        number: which person of the cast it is, the first being 1; 0 for none alone.
        setting: the name of the setting that is wrong; empty when it is none alone.
    """

    def __init__(self, message: str, number: int = 0, setting: str = "") -> None:
        super().__init__(message)
        self.number = number
        self.setting = setting


class PlanError(LipsyncError):
    """A plan file that cannot be used."""


class ModelError(LipsyncError, ValueError):
    """A model that there is not, or a device to run it on."""


class WeightsError(LipsyncError, RuntimeError):
    """A model file that is absent or damaged."""


class CheckpointError(WeightsError):
    """A file that is not a Wav2Lip checkpoint, or one that cannot be read safely."""


class ZoneError(LipsyncError, ValueError):
    """A zone that cannot be: its message names it.

    Attributes:
        number: which zone of the list it is, the first being 1; 0 for the list itself.
        setting: the name of the setting that is wrong; empty when it is none alone.
    """

    def __init__(self, message: str, number: int, setting: str = "") -> None:
        super().__init__(message)
        self.number = number
        self.setting = setting


class JobError(LipsyncError):
    """What was asked of the command line is sound but could not be done."""


class JobFileError(JobError):
    """A list of jobs that cannot be used: its message names the file, the line and the job."""


class ProjectError(JobError):
    """A project file that cannot be used: its message names the file and the line."""


class SmartRenderError(JobError):
    """Packets of the source cannot be copied safely: why the whole picture has to be encoded."""


class ZoneFileError(JobError):
    """A zone file that cannot be used: its message names the file, the line and the zone."""


def one_line(error: BaseException) -> str:
    """Return what an error says in one line; VapourSynth puts a whole traceback in front of it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].removeprefix("vapoursynth.Error: ").removeprefix("lipsync: ") if lines else type(error).__name__
