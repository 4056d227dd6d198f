"""Frozen encoders of conditions and their caches: each heavy import lives in exactly one file of this folder."""
