"""From a dub to lip motion."""
