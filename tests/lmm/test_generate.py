import numpy as np
import pytest

import lmm
from lmm import generate, request, sampling
from lmm.generate import windows
from motionverse.skeleton import WHOLE_BODY

TEXT = "a person walks forward"


def test_a_sentence_becomes_a_motion_on_the_default_skeleton(model):
    made = model.generate(TEXT, seconds=2, fps=30, seed=3)
    assert (len(made), made.fps, made.skeleton.names) == (60, 30, WHOLE_BODY.names)
    assert np.array_equal(made.skeleton.offsets, WHOLE_BODY.offsets)
    assert np.allclose(made.root[0, ::2], 0, atol=1e-6) and made.present[:22].all() and not made.present[22:].any()
    assert made.joints().shape == (60, 52, 3)


def test_the_same_request_is_the_same_motion_and_another_seed_or_text_is_another(model):
    first = model.generate(TEXT, seconds=1).joints()
    assert np.array_equal(first, model.generate(TEXT, seconds=1).joints())
    assert np.abs(first - model.generate(TEXT, seconds=1, seed=1).joints()).max() > 1e-3
    assert np.abs(first - model.generate("someone sits down", seconds=1).joints()).max() > 1e-6


def test_frame_rates_share_their_motion(model):
    slow, fast = model.generate(TEXT, seconds=2, fps=24), model.generate(TEXT, seconds=2, fps=60)
    assert np.abs(slow.joints()[::2] - fast.joints()[::5]).max() < 1e-3
    thirty = model.generate(TEXT, seconds=2, fps=30)
    assert np.abs(thirty.joints() - fast.joints()[::2]).max() < 1e-9


def test_a_batch_is_its_members(model):
    together = model.batch([TEXT, "a much longer sentence about somebody who bows", TEXT], [0, 1, 2], seconds=1)
    alone = model.generate(TEXT, seconds=1, seed=2)
    assert np.abs(together[2].joints() - alone.joints()).max() < 1e-3


def test_native_sampling_has_the_rate_and_the_noise_of_time(model):
    made = model.generate(TEXT, seconds=1.5, fps=20, native=True)
    assert (len(made), made.fps) == (30, 20)
    with pytest.raises(lmm.MotionError, match="10 to 60"):
        model.generate(TEXT, fps=120, native=True)


def test_long_motions_are_made_window_after_window(model, monkeypatch):
    model.published.recipe.curriculum.lengths = [30]
    made = model.generate(TEXT, seconds=6, fps=15)
    assert len(made) == 90
    steps = np.linalg.norm(np.diff(made.joints(), axis=0), axis=-1).max(-1)
    assert steps.max() < 8 * np.median(steps)  # no jump where the windows meet


def test_large_requests_are_sampled_in_several_calls(model, monkeypatch):
    whole = model.batch([TEXT] * 3, [0, 1, 2], seconds=1)
    monkeypatch.setattr(generate, "FRAMES", 20)
    parts = model.batch([TEXT] * 3, [0, 1, 2], seconds=1)
    assert max(np.abs(a.joints() - b.joints()).max() for a, b in zip(whole, parts, strict=True)) < 1e-3


@pytest.mark.parametrize(
    ("frames", "longest", "overlap"), [(5, 10, 3), (10, 10, 3), (11, 10, 3), (100, 10, 3), (900, 150, 22), (7, 2, 5)]
)
def test_windows_cover_and_overlap(frames, longest, overlap):
    found = windows(frames, longest, overlap)
    assert found[0][0] == 0 and found[-1][1] == frames
    assert all(0 < stop - start <= longest for start, stop in found)
    assert all(
        b[0] == a[1] - min(overlap, longest // 2) and b[1] > a[1] for a, b in zip(found, found[1:], strict=False)
    )


def test_stages_are_timed(model):
    result = model.run(request.Request((TEXT,), (0,), seconds=1))
    assert (
        set(result.stages) == {"text", "sampling", "decoding"} and result.rate == 15 and result.steps == sampling.STEPS
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"texts": ()}, "at least one"), ({"texts": ("",)}, "no words"), ({"texts": ("?!",)}, "no words"),
     ({"texts": ("x" * 501,)}, "at most 500"), ({"texts": ("word " * 70,)}, "64 tokens"), ({"seconds": 0}, "0.5 to 60"),
     ({"seconds": 1e6}, "0.5 to 60"), ({"seconds": float("nan")}, "0.5 to 60"), ({"fps": 0}, "1 to 240"),
     ({"fps": 241}, "1 to 240"), ({"steps": 0}, "1 to 1000"), ({"guidance": -1}, "0 to 50"), ({"seeds": (-1,)}, "seed"),
     ({"seeds": (1, 2)}, "2 for 1"),
     ({"texts": ("walk",) * 300, "seeds": (0,) * 300}, "at most 256")],
)  # fmt: skip
def test_what_cannot_be_asked_is_one_line(model, changes, said):
    with pytest.raises(lmm.MotionError, match=said) as error:
        model.run(request.Request(**{"texts": (TEXT,), "seeds": (0,), **changes}))
    assert "\n" not in str(error.value)
