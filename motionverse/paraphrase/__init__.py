"""Captions for clips that have labels only: `grammar` composes them from the tables `phrases` and `styles`."""

from motionverse.paraphrase.grammar import COUNT, captions, index_action, index_captions, mirror_text

__all__ = ["COUNT", "captions", "index_action", "index_captions", "mirror_text"]
