"""The static graph of VapourSynth nodes: what each computes, and how they are joined."""
