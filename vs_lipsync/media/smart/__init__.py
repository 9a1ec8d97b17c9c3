"""Smart render: only what changed is encoded, and the packets of all else are copied.

`packets` reads where a stream can be taken apart, `runs` decides what is copied, a module for each kind of codec knows
what its decoders need at the joins, `join` puts the stream together, and `check` looks at the finished file.
"""
