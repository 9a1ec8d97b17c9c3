"""The plan file: what was found in a clip, on disk."""
