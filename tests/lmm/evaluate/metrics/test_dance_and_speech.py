"""Metrics of dances and gestures against the definitions written as loops; limits, frame rates, and what is refused."""

import math

import numpy as np
import pytest

from lmm.evaluate.metrics.beat_alignment import beat_alignment, kinematic_beats
from lmm.evaluate.metrics.beat_consistency import UPPER_BODY, beat_consistency, upper_body_speeds
from lmm.evaluate.metrics.dance import standardised
from lmm.evaluate.metrics.diversity import diversity
from lmm.evaluate.metrics.frechet import frechet
from lmm.evaluate.metrics.geometric import geometric
from lmm.evaluate.metrics.kinetic import kinetic
from lmm.evaluate.metrics.l1_diversity import l1_diversity
from lmm.evaluate.metrics.pfc import pfc
from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY
from tests import forge

AT = WHOLE_BODY.index


def still(seconds=1.0, fps=60.0):
    frames = round(seconds * fps)
    return Motion(rotation.identity(frames, len(WHOLE_BODY)), np.tile([0, 0.9, 0], (frames, 1)), fps)


def driven(position, seconds=2.0, fps=60.0):
    """The rest pose carried along position(t) -> (x, y, z) [m]."""
    times = np.arange(round(seconds * fps)) / fps
    return still(seconds, fps).with_(root=np.array([position(t) for t in times], float))


# Kinetic features


def kinetic_by_loops(motion):
    p, dt, found = motion.joints(), 1 / motion.fps, []
    for j in range(22):
        level = up = effort = 0.0
        for i in range(1, len(p)):
            near = [k for k in range(i - 2, i + 3) if 1 <= k < len(p)]
            v = sum((p[k, j] - p[k - 1, j]) / dt for k in near) / len(near)
            inner = [k for k in range(i - 2, i + 3) if 1 <= k < len(p) - 1]
            a = sum((p[k + 1, j] - 2 * p[k, j] + p[k - 1, j]) / dt**2 for k in inner) / len(inner)
            level, up, effort = level + v[0] ** 2 + v[2] ** 2, up + v[1] ** 2, effort + math.sqrt(a @ a)
        found += [level / (len(p) - 1), up / (len(p) - 1), effort / (len(p) - 1)]
    return np.array(found)


def test_kinetic_features_are_the_definition_written_as_loops():
    motion = forge.motion(0.8, 60, seed=3, size=0.8)
    np.testing.assert_allclose(kinetic(motion), kinetic_by_loops(motion), rtol=1e-9)
    np.testing.assert_allclose(kinetic(motion.slice(0, 0.05)), kinetic_by_loops(motion.slice(0, 0.05)), rtol=1e-9)


def test_kinetic_features_of_known_movements():
    np.testing.assert_allclose(kinetic(still()), 0, atol=1e-18)
    straight = kinetic(driven(lambda t: (3 * t, 0.9, 4 * t))).reshape(22, 3)
    np.testing.assert_allclose(straight, np.tile([25, 0, 0], (22, 1)), atol=1e-8)
    falling = kinetic(driven(lambda t: (0, 30 - 9.81 * t**2 / 2, 0))).reshape(22, 3)
    np.testing.assert_allclose(falling[:, 2], 9.81, rtol=1e-6)


@pytest.mark.parametrize("fps", [30.0, 120.0])
def test_features_of_dances_are_the_same_at_any_frame_rate(fps):
    one, other = forge.motion(3, 60, seed=5, size=0.5), forge.motion(3, fps, seed=5, size=0.5)
    np.testing.assert_allclose(kinetic(other), kinetic(one), rtol=0.04)
    np.testing.assert_allclose(geometric(other), geometric(one), atol=0.02)
    assert pfc(other) == pytest.approx(pfc(one), rel=0.02)
    assert l1_diversity(other) == pytest.approx(l1_diversity(one), rel=0.01)
    ours, theirs = kinematic_beats(other), kinematic_beats(one)
    assert len(ours) == len(theirs) > 2
    np.testing.assert_allclose(ours, theirs, atol=1.01 / 60)


def test_features_of_dances_do_not_see_where_and_where_to():
    motion = forge.motion(1, 60, seed=2)
    moved = motion.turned(1.1, (3.0, 0.0, -2.0))
    for measure in (kinetic, geometric, pfc, kinematic_beats, upper_body_speeds):
        np.testing.assert_allclose(measure(moved), measure(motion), rtol=1e-7, atol=1e-9)


# Geometric features


def unit(v):
    return v / math.sqrt(v @ v)


def angle(v, w):
    return math.degrees(math.acos(unit(v) @ unit(w)))


class Frame:
    """One frame of a motion: places [m] and speeds [m/s] of joints, by name."""

    def __init__(self, motion, t):
        self.p, self.q, self.fps = motion.joints()[t, :22], motion.joints()[t - 1, :22], motion.fps
        self.floor = self.p[:, 1].min()

    def at(self, name):
        return self.p[AT(name)]

    def speed(self, name):
        return (self.p[AT(name)] - self.q[AT(name)]) * self.fps

    def normal(self, a, b, c):
        return unit(np.cross(self.at(c) - self.at(a), self.at(b) - self.at(a)))

    def sided(self, side, other, hl):
        """The features that there are twice, of one side."""
        at, speed, hand, foot = self.at, self.speed, f"{side}_wrist", f"{side}_ankle"
        arm = at(f"{side}_elbow") - at(f"{side}_shoulder")
        thigh = at(f"{side}_knee") - at(f"{side}_hip")
        trunk = at("pelvis") - at("neck")
        front = self.normal("neck", f"{side}_hip", f"{other}_hip")
        leg = self.normal("pelvis", f"{other}_hip", f"{other}_foot")
        return [
            (speed(hand) - speed("neck")) @ front > 1.8 * hl,
            (at(hand) - at("neck")) @ unit(at("neck") - at("spine3")) > 0.2 * hl,
            (speed("spine3") - speed("spine1")) @ unit(at("spine3") - at("spine1")) > 1.8 * hl,
            0 < angle(-arm, at(hand) - at(f"{side}_elbow")) < 110,
            (speed(f"{other}_wrist") - speed(hand)) @ unit(at("pelvis") - at(hand)) > 1.4 * hl,
            math.hypot(*speed(hand)) > 2.5 * hl,
            (at(foot) - at("pelvis")) @ leg > 0.38 * hl,
            at(foot)[1] - self.floor > 1.2 * hl,
            0 < angle(-thigh, at(foot) - at(f"{side}_knee")) < 110,
            math.hypot(*speed(foot)) > 2.5 * hl,
            25 < angle(trunk, arm) < 180,
            50 < angle(trunk, thigh) < 180,
            at(hand)[1] - self.floor < 1.2 * hl,
        ]

    def single(self, hl, sw, hw):
        """The features of the whole body."""
        at, speed = self.at, self.speed
        across, apart = at("right_wrist") - at("left_wrist"), at("right_shoulder") - at("left_shoulder")
        return [
            across @ unit(apart) > 2.5 * sw,
            (speed("right_wrist") - speed("left_wrist")) @ unit(across) > 1.4 * hl,
            (at("right_ankle") - at("left_ankle")) @ unit(at("right_hip") - at("left_hip")) > 2.1 * hw,
            (at("pelvis") - at("right_ankle")) @ self.normal("right_ankle", "neck", "left_ankle") > 0.5 * hl,
            70 < angle(at("pelvis") - at("neck"), np.array([0, 1, 0])) < 110,
            math.hypot(*speed("pelvis")) > 2.3 * hl,
        ]


def geometric_by_loops(motion):
    """The 32 features a frame at a time, in the protocol's order."""
    rest = motion.skeleton.rest_positions()
    ends = ("left_shoulder", "left_elbow"), ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")
    hl, sw, hw = (math.dist(rest[AT(a)], rest[AT(b)]) for a, b in ends)
    rows = []
    for t in range(1, len(motion)):
        frame = Frame(motion, t)
        sides = [frame.sided(*names, hl) for names in (("right", "left"), ("left", "right"))]
        two = [found for both in zip(*sides, strict=True) for found in both]
        one = frame.single(hl, sw, hw)
        rows.append(two[:8] + one[:2] + two[8:16] + one[2:3] + two[16:24] + one[3:5] + two[24:] + one[5:])
    return np.mean(rows, 0)


@pytest.mark.parametrize("seed", range(4))
def test_geometric_features_are_the_definition_frame_by_frame(seed):
    motion = forge.motion(0.5, 60, seed=seed, size=1.2)
    found = geometric(motion)
    assert ((found > 0) & (found < 1)).sum() > 12
    np.testing.assert_allclose(found, geometric_by_loops(motion), atol=1e-12)


def test_geometric_features_see_the_raised_hand_and_its_side():
    left, right = geometric(forge.walk(raise_hand="left")), geometric(forge.walk(raise_hand="right"))
    above, low = slice(2, 4), slice(29, 31)  # right, then left
    np.testing.assert_allclose([left[above], right[above]], [[0, 1], [1, 0]])
    np.testing.assert_allclose([left[low], right[low]], np.zeros((2, 2)), atol=1)
    assert left[28] == 0  # nobody lies down


# FID_k, FID_g, Div_k, Div_g


def dance_fid(real, made):
    return frechet(*standardised(real, made))


def dance_diversity(real, made):
    return diversity(standardised(real, made)[1])


def test_dance_fid_and_diversity_are_those_of_standardised_features():
    rng = np.random.default_rng(0)
    real, made = rng.normal(5, 3, (40, 4)), rng.normal(4, 2, (30, 4))
    z = (made - real.mean(0)) / real.std(0)
    loops = np.mean([math.dist(z[i], z[j]) for i in range(30) for j in range(i)])
    assert dance_diversity(real, made) == pytest.approx(loops, rel=1e-12)
    assert dance_fid(real, real) == pytest.approx(0, abs=1e-9)
    shifted = real + real.std(0)
    assert dance_fid(real, shifted) == pytest.approx(4)
    assert dance_fid(1000 * real, 1000 * made) == pytest.approx(dance_fid(real, made))


def test_what_no_real_dance_differs_in_has_no_say():
    rng = np.random.default_rng(0)
    real, made = rng.normal(size=(20, 3)), rng.normal(size=(20, 3))
    real[:, 2] = 0
    assert dance_fid(real, made) == pytest.approx(dance_fid(real[:, :2], made[:, :2]))


# Beats


def pulsing(period=0.5, seconds=4.0, fps=60.0):
    """A body that goes back and forth: slowest each `period` [s]."""
    return driven(lambda t: (0.2 * math.cos(math.pi * (t - 0.003) / period), 0.9, 0), seconds, fps)


@pytest.mark.parametrize("fps", [30.0, 60.0, 120.0])
def test_kinematic_beats_are_where_a_body_turns_round(fps):
    np.testing.assert_allclose(kinematic_beats(pulsing(fps=fps)), np.arange(1, 8) * 0.5, atol=0.51 / 60)


def test_beat_alignment_on_the_beat_beside_it_and_written_as_loops():
    motion, beats = pulsing(), np.arange(0, 4, 0.5)
    assert beat_alignment(motion, beats) > 0.98
    assert beat_alignment(motion, beats + 0.05) == pytest.approx(math.exp(-1 / 2), abs=0.11)
    assert beat_alignment(motion, beats[:-1] + 0.25) < 1e-3
    danced, music = kinematic_beats(forge.motion(6, 60, seed=1)), np.array([0.3, 1.1, 2.0, 3.2, 5.5])
    loops = np.mean([math.exp(-(min(abs(t - b) for b in music) ** 2) / (2 * 0.05**2)) for t in danced])
    assert beat_alignment(forge.motion(6, 60, seed=1), np.append(music, [-1, 6.0, 9])) == pytest.approx(loops, rel=1e-9)


def test_a_body_that_never_slows_down_has_no_alignment():
    assert beat_alignment(driven(lambda t: (t * t, 0.9, 0)), np.array([0.5])) == 0


# PFC


def pfc_by_loops(motion):
    """Frame by frame at 30 Hz, as the paper's equations read."""
    p, dt, score, pushes = motion.joints(), 1 / 30, [], []
    for i in range(len(p) - 2):
        a = (p[i + 2, 0] - 2 * p[i + 1, 0] + p[i, 0]) / dt**2
        pushes.append(math.hypot(a[0], max(a[1], 0), a[2]))
        feet = 1.0
        for side in ("left", "right"):
            steps = [p[i + 2, AT(f"{side}_{j}")] - p[i + 1, AT(f"{side}_{j}")] for j in ("ankle", "foot")]
            feet *= min(math.hypot(s[0], s[2]) for s in steps)
        score.append(pushes[-1] * feet)
    return 1e4 * sum(score) / len(score) / max(pushes)


def test_pfc_is_the_definition_written_as_loops():
    motion = forge.motion(2, 30, seed=4)
    assert pfc(motion) == pytest.approx(pfc_by_loops(motion), rel=1e-9)


def test_pfc_of_standing_feet_of_frozen_bodies_and_of_skating():
    assert pfc(still()) == 0
    skating = pfc(driven(lambda t: (0.5 * math.sin(4 * t), 0.9, 0)))
    assert skating > 1
    assert pfc(forge.walk(speed=1.2)) < skating
    assert pfc(driven(lambda t: (0, 0.9 + 0.1 * math.sin(4 * t), 0))) == pytest.approx(
        0, abs=1e-9
    )  # feet go up and down alone


# Speech


def consistency_by_loops(motion, onsets, usual):
    p, found = motion.joints() - motion.root[:, None], []
    for name, most in zip(UPPER_BODY, usual, strict=True):
        path = p[:, AT(name)]
        speeds = []
        for t in range(len(path)):
            before, after = max(t - 1, 0), min(t + 1, len(path) - 1)
            speeds.append(math.dist(path[after], path[before]) * 30 / (after - before) / most)
        beats = []
        for t in range(1, len(path) - 1):
            near = [k for k in range(max(t - 7, 0), min(t + 8, len(path))) if k != t]
            if speeds[t] > 0.1 and all(speeds[t] < speeds[k] for k in near):
                beats.append(t / 30)
        near = [min((abs(o - b) for b in beats), default=math.inf) for o in onsets]
        found.append(sum(math.exp(-(d**2) / (2 * 0.3**2)) for d in near) / len(onsets))
    return np.mean(found)


def test_beat_consistency_is_the_definition_written_as_loops():
    motion, onsets = forge.motion(5, 30, seed=6), np.array([0.2, 1.0, 1.7, 3.1, 4.4])
    usual = upper_body_speeds(motion).mean(0)
    found = beat_consistency(motion, onsets, usual)
    assert 0.05 < found < 0.95
    assert found == pytest.approx(consistency_by_loops(motion, onsets, usual), rel=1e-9)
    assert beat_consistency(motion, np.append(onsets, [-3, 5.0, 60]), usual) == pytest.approx(found)
    assert beat_consistency(motion, onsets, 1e6 * usual) == 0  # next to what is usual, it all rests


def test_beat_consistency_falls_where_gestures_and_speech_part():
    motion = forge.motion(8, 30, seed=1)
    usual = upper_body_speeds(motion).mean(0)
    onsets = np.arange(0.5, 7.5, 0.1)
    each = [beat_consistency(motion, onsets[k : k + 1], usual) for k in range(len(onsets))]
    assert max(each) > 1.3 * min(each)


def test_l1_diversity_of_a_held_pose_and_of_a_known_swing():
    assert l1_diversity(driven(lambda t: (t, 0.9, 0))) == pytest.approx(0, abs=1e-9)
    motion = forge.motion(1, 30, seed=2)
    p = motion.joints() - motion.root[:, None]
    loops = sum(abs(p[t, j, a] - p[:, j, a].mean()) for t in range(30) for j in range(52) for a in range(3)) / 30
    assert l1_diversity(motion) == pytest.approx(loops, rel=1e-9)


# What is refused


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: kinetic(still(2 / 60)), "three frames of 60 Hz"),
        (lambda: geometric(still(1 / 60)), "two frames of 60 Hz"),
        (lambda: pfc(still(2 / 30, 30)), "three frames of 30 Hz"),
        (lambda: upper_body_speeds(still(1 / 30, 30)), "two frames of 30 Hz"),
        (lambda: beat_alignment(still(), np.array([])), "no beat of the music within the motion's 1.00 s"),
        (lambda: beat_alignment(still(), np.array([2.0])), "no beat of the music"),
        (lambda: beat_consistency(still(), np.array([2.0]), np.ones(13)), "no onset within"),
        (lambda: beat_consistency(still(), np.array([0.5]), np.zeros(13)), "each above 0 m/s"),
        (lambda: beat_consistency(still(), np.array([0.5]), np.ones(3)), "must be \\(13,\\)"),
        (lambda: dance_fid(np.ones((1, 66)), np.ones((5, 66))), "1 samples; at least 2"),
        (lambda: dance_fid(np.ones((9, 3)), np.ones((5, 3))), "all real features are the same"),
        (lambda: dance_fid(np.ones((9, 66)), np.ones((5, 32))), "66 and 32 wide"),
    ],
)  # fmt: skip
def test_too_little_or_wrong_is_said_in_one_line(call, said):
    with pytest.raises(MotionError, match=said) as error:
        call()
    assert "\n" not in str(error.value)
