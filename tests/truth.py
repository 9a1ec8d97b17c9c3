"""Who is where in real clips, written down by eye.

A mouth may be changed in any frame in which the person shows it, and must be in nearly all of those in which it can be
seen well (`usable`): in the talk show, the host is in profile up to frame 119 and then turns to the camera, which he
faces from 142 on. The man beside him wears a mask over all of his face.
"""

from dataclasses import dataclass

__all__ = ["TRUTH", "Person"]


@dataclass(frozen=True)
class Person:
    """A person in a clip.

    Attributes:
        name: what to call the person.
        left: luma samples from the left of the picture from which the middle of the face lies to the right, always.
        right: the same, to the left of which it lies.
        shown: frames with the person, the first and the one behind the last.
        usable: frames whose mouth can be seen well, the first and the one behind the last.
        pointed: a frame, x and y that lie on the face.
    """

    name: str
    left: int
    right: int
    shown: tuple[int, int]
    usable: tuple[int, int]
    pointed: tuple[int, int, int]


TRUTH = {
    "debate-two-faces.avi": (
        Person("bare-headed, left", 240, 400, (0, 147), (0, 147), (60, 320, 220)),
        Person("with a turban, right", 840, 1060, (0, 147), (0, 147), (60, 970, 250)),
    ),
    "talkshow-several-faces-cuts.mp4": (Person("host, left", 280, 400, (0, 326), (142, 326), (240, 330, 200)),),
}
