"""Places in a clip, under the name that commands know them by."""

from vs_lipsync.position import Position, format_time, parse_position

__all__ = ["Position", "format_time", "parse_position"]
