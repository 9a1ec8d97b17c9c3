from tests.made_faces import face_at
from vs_lipsync.faces.face import Face
from vs_lipsync.faces.tracks import MAX_GAP, follow, main_track


def test_two_faces_that_pass_each_other_in_the_list_keep_their_tracks() -> None:
    shot: list[tuple[int, list[Face]]] = []
    for number in range(20):
        left, right = face_at(150 + number, 200), face_at(450 - number, 200)
        shot.append((number, [left, right] if number % 2 else [right, left]))
    tracks = follow(shot)
    assert len(tracks) == 2
    for track in tracks:
        assert len(track.faces) == 20
    assert tracks[0].faces == {n: int(bool(n % 2)) for n in range(20)}


def test_a_face_is_found_again_after_a_short_gap_only() -> None:
    def shot(gap: int) -> list[tuple[int, list[Face]]]:
        return [(n, [face_at(300, 200)] if n < 5 or n >= 5 + gap else []) for n in range(10 + gap)]

    assert len(follow(shot(MAX_GAP - 1))) == 1
    assert len(follow(shot(MAX_GAP + 5))) == 2


def test_main_track_weighs_size_and_length() -> None:
    brief_large = [(n, [face_at(150, 200, 60)]) for n in range(3)]
    long_small = [(n, [face_at(450, 200, 50)]) for n in range(3, 30)]
    main = main_track(follow([*brief_large, *long_small]))
    assert main is not None
    assert min(main.faces) == 3
    assert main_track([]) is None
