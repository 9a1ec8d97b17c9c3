"""When things happen: places in a clip, the time of its frames, and the moment of a dub that belongs to each."""
