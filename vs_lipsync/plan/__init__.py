"""What to change: scenes, faces and the target, from small frames, as one FramePlan per frame."""

from vs_lipsync.plan.block import plan_window
from vs_lipsync.plan.faces import Face, FaceFinder
from vs_lipsync.plan.frame_plan import Action, FramePlan, Reason
from vs_lipsync.plan.grid import Grid

__all__ = ["Action", "Face", "FaceFinder", "FramePlan", "Grid", "Reason", "plan_window"]
