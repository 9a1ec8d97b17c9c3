"""What the nodes compute: the callbacks of the graph.

Each class is the callback of one `ModifyFrame`, called as callback(n, f) with the number of the frame to make and the
frames of the node's inputs; it returns that frame. `graph.analysis`, `graph.targets` and `graph.dubbing` join them.

VapourSynth runs the callbacks of one node one at a time, and those of different nodes side by side. None of them
requests a frame from VapourSynth (but `dubbing.Mouths` for a dub that is an audio node, with no lock held),
and none holds a node that comes after its own: such a cycle is never freed.
"""
