"""Metrics over features against closed forms, brute force and the field's own way of drawing; limits, and too few samples."""

import itertools

import numpy as np
import pytest
from scipy import linalg, stats

from lmm.evaluate.metrics.accuracy import accuracy
from lmm.evaluate.metrics.diversity import diversity, multimodality
from lmm.evaluate.metrics.frechet import extrapolated, floor, frechet
from lmm.evaluate.metrics.kid import kid
from lmm.evaluate.metrics.mm_distance import mm_distance
from lmm.evaluate.metrics.r_precision import r_precision
from motionverse.errors import MotionError

RNG = np.random.default_rng


def gaussian(seed, count, width, shift=0.0, size=1.0):
    return RNG(seed).normal(shift, size, (count, width))


def skewed(seed, count, width):
    return gaussian(seed, count, width) @ RNG(7).normal(size=(width, width)) + 1


# Frechet distance


def by_matrix_root(a, b):
    mine, theirs = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(mine @ theirs)
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(mine + theirs - 2 * np.real(root))


@pytest.mark.parametrize("counts", [(60, 60), (200, 90), (40, 300)])
def test_frechet_is_the_field_s_formula_by_a_matrix_root(counts):
    a, b = skewed(0, counts[0], 12), gaussian(1, counts[1], 12, size=2)
    assert frechet(a, b) == pytest.approx(by_matrix_root(a, b), rel=1e-8)


def test_frechet_of_one_dimension_is_known_in_closed_form():
    a, b = gaussian(0, 30, 1), gaussian(1, 50, 1, shift=3, size=2)
    expected = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
    assert frechet(a, b) == pytest.approx(expected, rel=1e-12)


def test_frechet_of_a_shift_and_of_a_scale():
    a = skewed(0, 80, 6)
    assert frechet(a, a + 0.5) == pytest.approx(6 * 0.25)
    assert frechet(a, 3 * (a - a.mean(0)) + a.mean(0)) == pytest.approx(4 * np.trace(np.cov(a, rowvar=False)))


def test_frechet_of_fewer_samples_than_dimensions_is_exact():
    a, b = gaussian(0, 5, 40), gaussian(1, 8, 40)
    # the same cloud in the few dimensions that it spans: distances are kept, covariances are regular there
    basis = np.linalg.qr(np.concatenate([a, b]).T)[0]
    assert frechet(a, b) == pytest.approx(frechet(a @ basis, b @ basis), rel=1e-10)
    assert frechet(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet(a, a[::-1]) == pytest.approx(0, abs=1e-9)


def test_frechet_is_symmetric_and_blind_to_order_and_to_turns():
    a, b = skewed(0, 50, 8), gaussian(1, 70, 8)
    turn = np.linalg.qr(gaussian(2, 8, 8))[0]
    for other in (frechet(b, a), frechet(a[::-1], b), frechet(a @ turn, b @ turn)):
        assert other == pytest.approx(frechet(a, b), rel=1e-9)


def test_extrapolation_takes_the_bias_of_few_samples_away():
    width, shift = 16, 0.3
    truth = width * shift**2 + width * (1.2 - 1) ** 2
    pairs = [(gaussian(2 * k, 128, width), gaussian(2 * k + 1, 128, width, shift, 1.2)) for k in range(12)]
    biased = np.mean([frechet(a, b) for a, b in pairs])
    corrected = np.mean([extrapolated(a, b) for a, b in pairs])
    assert biased > truth + 0.8
    assert corrected == pytest.approx(truth, abs=0.35)


def test_the_floor_is_what_two_sets_of_one_distribution_are_apart():
    apart = [frechet(gaussian(2 * k, 100, 10), gaussian(2 * k + 1, 100, 10)) for k in range(20)]
    assert floor(gaussian(99, 100, 10), repeats=20) == pytest.approx(np.mean(apart), rel=0.2)


# KID


def test_kid_is_the_unbiased_estimate_written_as_loops():
    a, b = gaussian(0, 9, 5), gaussian(1, 7, 5, shift=0.4)

    def kernel(x, y):
        return (x @ y / 5 + 1) ** 3

    within = [np.mean([kernel(x, y) for x, y in itertools.permutations(rows, 2)]) for rows in (a, b)]
    across = np.mean([kernel(x, y) for x in a for y in b])
    assert kid(a, b) == pytest.approx(sum(within) - 2 * across, rel=1e-12)


def test_kid_has_no_bias_with_few_samples_and_sees_a_shift():
    same = [kid(gaussian(2 * k, 10, 8), gaussian(2 * k + 1, 10, 8)) for k in range(200)]
    error = np.std(same) / np.sqrt(len(same))
    assert abs(np.mean(same)) < 3 * error
    assert kid(gaussian(0, 50, 8), gaussian(1, 50, 8, shift=1)) > 20 * error


# R-precision, MM-Dist


def by_every_pool(texts, motions, captions, pool):
    """Rank in each of all possible pools."""
    found = []
    for i, text in enumerate(texts):
        others = [j for j in range(len(texts)) if j != i and (captions is None or captions[j] != captions[i])]
        for drawn in itertools.combinations(others, pool - 1):
            near = [np.linalg.norm(text - motions[j]) for j in (i, *drawn)]
            found.append((i, [np.argsort(near, kind="stable").tolist().index(0) < k for k in (1, 2, 3)]))
    return np.mean([np.mean([hit for j, hit in found if j == i], 0) for i in range(len(texts))], 0)


@pytest.mark.parametrize("captions", [None, ["walk", "run", "walk", "sit", "sit", "walk", "turn", "bow", "nod"]])
def test_r_precision_is_the_mean_over_all_pools(captions):
    texts = gaussian(0, 9, 3)
    motions = texts + gaussian(1, 9, 3)
    np.testing.assert_allclose(
        r_precision(texts, motions, captions, pool=5), by_every_pool(texts, motions, captions, 5), rtol=1e-12
    )


def test_r_precision_is_the_field_s_shuffled_batches_on_average():
    texts = gaussian(0, 96, 4)
    motions = texts + gaussian(1, 96, 4, size=0.8)
    rng, hits = RNG(2), []
    for _ in range(300):
        for batch in rng.permutation(96).reshape(3, 32):
            near = np.argsort(np.linalg.norm(texts[batch][:, None] - motions[batch][None], axis=-1), axis=1)
            hits.append([(near[:, :k] == np.arange(32)[:, None]).any(1).mean() for k in (1, 2, 3)])
    error = np.std(hits, axis=0) / np.sqrt(300)  # batches of one shuffle are not independent
    assert (np.abs(r_precision(texts, motions) - np.mean(hits, 0)) < 3 * error).all()


def test_r_precision_of_a_perfect_space_a_collapsed_one_and_of_chance():
    texts = gaussian(0, 64, 5)
    np.testing.assert_allclose(r_precision(texts, texts), 1)
    np.testing.assert_allclose(r_precision(texts, np.ones((64, 5))), [1 / 32, 2 / 32, 3 / 32], rtol=1e-9)
    chance = np.mean([r_precision(gaussian(k, 64, 5), gaussian(k + 100, 64, 5)) for k in range(40)], 0)
    np.testing.assert_allclose(chance, [1 / 32, 2 / 32, 3 / 32], rtol=0.25)


def test_who_says_the_same_can_be_told_by_a_table():
    texts, motions = gaussian(0, 12, 4), gaussian(1, 12, 4)
    captions = [f"caption {k // 2}" for k in range(12)]
    table = np.array([[a == b for a in captions] for b in captions])
    np.testing.assert_array_equal(
        r_precision(texts, motions, table, pool=5), r_precision(texts, motions, captions, pool=5)
    )


def test_captions_said_twice_cost_the_classic_r_precision_alone():
    kinds = gaussian(0, 40, 6, size=5)
    texts = np.repeat(kinds, 4, 0)
    motions = texts + gaussian(1, 160, 6, size=0.3)
    captions = [f"{'A' if k % 2 else 'a'} person does  {k // 4}{'.' * (k % 3 == 0)}" for k in range(160)]
    assert r_precision(texts, motions)[0] < 0.85
    np.testing.assert_allclose(r_precision(texts, motions, captions), 1, atol=1e-9)


def test_r_precision_does_not_depend_on_order():
    texts, motions = gaussian(0, 50, 4), gaussian(1, 50, 4)
    order = RNG(2).permutation(50)
    np.testing.assert_allclose(r_precision(texts[order], motions[order]), r_precision(texts, motions), rtol=1e-12)


def test_mm_distance_written_as_a_loop():
    texts, motions = gaussian(0, 11, 4), gaussian(1, 11, 4)
    apart = sum(float(np.sqrt(sum((x - y) ** 2))) for x, y in zip(texts, motions, strict=True)) / 11
    assert mm_distance(texts, motions) == pytest.approx(apart, rel=1e-12)
    assert mm_distance(texts, texts) == 0


# Diversity, MultiModality, accuracy


def test_diversity_is_the_field_s_random_pairs_on_average():
    features = skewed(0, 60, 5)
    rng, found = RNG(1), []
    for _ in range(4000):
        first, second = rng.choice(60, 30, replace=False), rng.choice(60, 30, replace=False)
        found.append(np.linalg.norm(features[first] - features[second], axis=1).mean())
    # two draws pick the same sample once in 60 times, at distance 0; a mean over different samples does not
    assert diversity(features) * 59 / 60 == pytest.approx(np.mean(found), rel=5e-3)


def test_diversity_of_gaussians_is_known():
    """The distance of two normal samples is chi distributed, sqrt(2) wide."""
    assert diversity(gaussian(0, 2000, 6)) == pytest.approx(np.sqrt(2) * stats.chi(6).mean(), rel=0.01)
    assert diversity(np.ones((5, 3))) == 0


def test_multimodality_is_within_conditions():
    groups = [gaussian(k, 4 + k, 3, shift=100 * k) for k in range(3)]
    loops = [np.mean([np.linalg.norm(x - y) for x, y in itertools.combinations(rows, 2)]) for rows in groups]
    assert multimodality(groups) == pytest.approx(np.mean(loops), rel=1e-12)
    assert multimodality([np.ones((3, 2))]) == 0


def test_accuracy_counts_right_answers_and_a_tie_by_its_share():
    logits = np.array([[2.0, 1, 0], [0, 3, 1], [1, 1, 0], [0, 0, 0]])
    assert accuracy(logits, np.array([0, 2, 1, 2])) == pytest.approx((1 + 0 + 1 / 2 + 1 / 3) / 4)
    assert accuracy(np.eye(4), np.arange(4)) == 1


# What is refused


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: frechet(np.ones((1, 3)), np.ones((5, 3))), "1 samples; at least 2"),
        (lambda: frechet(np.ones((4, 3)), np.ones((4, 2))), "3 and 2 wide"),
        (lambda: frechet(np.full((4, 3), np.nan), np.ones((4, 3))), "sample 0 are not finite"),
        (lambda: frechet(np.ones(4), np.ones((4, 3))), "must be \\(samples, width\\)"),
        (lambda: extrapolated(gaussian(0, 15, 8), gaussian(1, 300, 8)), "at least 16 are needed"),
        (lambda: floor(np.ones((3, 2))), "at least 4"),
        (lambda: kid(np.ones((1, 3)), np.ones((5, 3))), "at least 2"),
        (lambda: r_precision(gaussian(0, 31, 3), gaussian(1, 31, 3)), "30 candidates; a pool of 32"),
        (lambda: r_precision(gaussian(0, 40, 3), gaussian(1, 40, 3), ["Walk."] * 40), "'Walk.' has 0 candidates"),
        (lambda: r_precision(gaussian(0, 40, 3), gaussian(1, 40, 3), ["walk"]), "1 captions for 40 texts"),
        (lambda: r_precision(gaussian(0, 40, 3), gaussian(1, 41, 3)), "40 and 41 samples"),
        (lambda: mm_distance(np.ones((0, 3)), np.ones((0, 3))), "0 samples"),
        (lambda: diversity(np.ones((1, 3))), "at least 2"),
        (lambda: multimodality([]), "no condition"),
        (lambda: multimodality([np.ones((4, 2)), np.ones((1, 2))]), "MultiModality: 1 samples"),
        (lambda: accuracy(np.ones((2, 3)), np.array([0, 3])), "from 0 to 2"),
        (lambda: accuracy(np.ones((2, 3)), np.array([0])), "for 2 samples"),
    ],
)  # fmt: skip
def test_too_little_or_wrong_is_said_in_one_line(call, said):
    with pytest.raises(MotionError, match=said) as error:
        call()
    assert "\n" not in str(error.value)
