"""The plan as an HTML page to look at."""

from vs_lipsync.report.gather import gather
from vs_lipsync.report.page import render
from vs_lipsync.report.report import Lane, Report, Sounds, Span, Track

__all__ = ["Lane", "Report", "Sounds", "Span", "Track", "gather", "render"]
