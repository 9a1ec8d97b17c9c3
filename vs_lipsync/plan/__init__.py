"""What to change: shots, usable faces and the target, as one FramePlan per frame."""
