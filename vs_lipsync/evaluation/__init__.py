"""How good a result is: its pictures against the original's, and its mouth against the dub."""

from vs_lipsync.evaluation.evaluate import Evaluation, Scores, Series, evaluate

__all__ = ["Evaluation", "Scores", "Series", "evaluate"]
