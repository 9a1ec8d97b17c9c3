"""The static graph of VapourSynth nodes: what each computes (`nodes`), what travels (`arrays`), how they are joined."""
