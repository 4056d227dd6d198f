"""Any sentence-transformers model as text encoder: a tiny one, forged in a folder; no network."""

import subprocess
import sys

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.features import sentences
from motionverse.features.text import ENCODER, MAX_TOKENS, TextEncoder

pytest.importorskip("sentence_transformers")
WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] a person walks waves bows forward left right hand with the".split()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A BERT of one layer, 8 wide, random weights, a vocabulary of 16 words."""
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertConfig, BertModel, BertTokenizer

    made = tmp_path_factory.mktemp("models") / "tiny"
    (made / "plain").mkdir(parents=True)
    (made / "plain" / "vocab.txt").write_text("\n".join(WORDS))
    shape = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 128}
    BertModel(BertConfig(vocab_size=len(WORDS), hidden_size=8, **shape)).save_pretrained(made / "plain")
    BertTokenizer(str(made / "plain" / "vocab.txt")).save_pretrained(made / "plain")
    whole = models.Transformer(str(made / "plain"))
    SentenceTransformer(modules=[whole, models.Pooling(8)], device="cpu").save(str(made / "whole"))
    return made / "whole"


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def test_a_model_in_a_folder_embeds_tokens_of_its_own_width(model):
    encoder = TextEncoder(model=model)
    walks, waves, nothing = encoder.tokens(["a person walks", "a person waves with the left hand", " "])
    assert walks.shape == (5, 8) and waves.shape == (9, 8) and nothing.shape == (0, 8)  # start and end tokens too
    assert walks.dtype == np.float32 and np.abs(walks[3] - waves[3]).max() > 1e-3
    assert np.allclose(encoder.tokens(["a person walks"])[0], TextEncoder(model=model).tokens(["a person walks"])[0])
    assert len(encoder.tokens(["walks " * 100])[0]) == MAX_TOKENS


def test_the_cache_gives_them_back_without_the_model(model, tmp_path):
    kept = TextEncoder(tmp_path, model)
    truth = kept.tokens(["a person walks"])[0]
    assert kept.precompute(["a person walks", "a person bows", " "]) == 2 and kept.precompute(["a person bows"]) == 0
    code = (
        "import sys; from motionverse.features.text import TextEncoder; "
        "rows = TextEncoder(sys.argv[1], sys.argv[2]).tokens(['a person walks', ''])[0]; "
        "assert not {'torch', 'sentence_transformers', 'transformers'} & set(sys.modules); print(*rows.ravel().tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path, model], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert np.allclose(np.array(done.stdout.split(), float).reshape(-1, 8), truth, atol=2e-3)


def test_models_do_not_share_a_file_and_a_changed_model_has_its_own(model, tmp_path):
    first = TextEncoder(tmp_path, model)
    assert first.name.startswith("whole-") and first.name != TextEncoder(tmp_path).name == ENCODER
    assert TextEncoder(tmp_path, model).name == first.name
    assert TextEncoder(tmp_path, "sentence-transformers/all-MiniLM-L6-v2").name == ENCODER
    assert TextEncoder(tmp_path, "some-org/some-model").path == tmp_path / "some-org--some-model.safetensors"
    (model / "README.md").write_text("retrained")
    assert TextEncoder(tmp_path, model).name != first.name


@pytest.mark.parametrize(
    ("name", "said"),
    [("no/such/folder", "no folder with a text model"), ("./nothing", "no folder with a text model"),
     ("nobody/has-such-a-model", "nobody/has-such-a-model: cannot be loaded")],
)  # fmt: skip
def test_a_model_that_is_not_there_is_one_line(name, said):
    with pytest.raises(MotionError, match=said) as caught:
        TextEncoder(model=name).tokens(["walks"])
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_model_and_a_missing_package_are_one_line(tmp_path, monkeypatch):
    with pytest.raises(MotionError, match="cannot be loaded"):
        TextEncoder(model=tmp_path).tokens(["walks"])
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    sentences.load.cache_clear()
    with pytest.raises(MotionError, match=r"pip install 'large-motion-model\[text\]'"):
        TextEncoder(model=tmp_path).tokens(["walks"])


def test_what_is_broken_off_goes_on_where_it_was(model, tmp_path, monkeypatch):
    from motionverse.features import text

    monkeypatch.setattr(text, "_CHUNK", 2)
    monkeypatch.setattr(text, "_SAVED", 4)
    texts = [" ".join(words) for words in zip(WORDS[5:], WORDS[6:], strict=False)]

    def stop(done, total):
        if done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TextEncoder(tmp_path, model).precompute(texts, stop)
    told = []
    assert TextEncoder(tmp_path, model).precompute(texts, lambda *done: told.append(done)) == len(texts) - 4
    assert told[-1] == (len(texts) - 4, len(texts) - 4)
    fresh = TextEncoder(model=model).tokens(texts)
    for rows, truth in zip(TextEncoder(tmp_path, model).tokens(texts), fresh, strict=True):
        assert np.allclose(rows, truth, atol=2e-3)
