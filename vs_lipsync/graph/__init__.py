"""The static graph of VapourSynth nodes: what each computes, and how they are joined.

The modules `face_nodes`, `cut_nodes`, `plan_nodes`, `dubbing_nodes` and `speaker_detection` hold the callbacks: each
class is the callback of one `ModifyFrame`, called as callback(n, f) with the number of the frame to make and the frames
of the node's inputs, and returns that frame. `analysis`, `targets` and `dubbing` join them to nodes.

VapourSynth runs the callbacks of one node one at a time, and those of different nodes side by side. None of them
requests a frame from VapourSynth (but `dubbing_nodes.Mouths` for the sound of a dub that is an audio node, with no lock
held), and none holds a node that comes after its own: such a cycle is never freed.
"""
