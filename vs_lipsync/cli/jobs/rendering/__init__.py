"""A job from its first frame to the finished file: its pieces, who writes them, and how they become one file."""
