import re

import bvhio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motionverse import formats, rotation
from motionverse.formats import bvh
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton
from tests import forge
from tests.motionverse.formats import foreign

MM = 1e-3


def read(tmp_path_factory, document, **options):
    path = tmp_path_factory.mktemp("bvh") / "some.bvh"
    path.write_text(document.text())
    return bvh.read(path, **options)


@st.composite
def documents(draw):
    """Any tree, any channel order and subset, position channels (that stay put) on any joint."""
    count, frames = draw(st.integers(1, 8)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    parents = [-1]
    stack = [0]
    for j in range(1, count):  # depth first, as a file lists them
        stack = stack[: 1 + draw(st.integers(0, len(stack) - 1))]
        parents.append(stack[-1])
        stack.append(j)
    offsets = rng.uniform(-1, 1, (count, 3))
    channels, columns = [], []
    for j in range(count):
        turns = draw(st.permutations([(a, "rotation") for a in "XYZ"]))[: draw(st.integers(1, 3))]
        places = draw(st.permutations([(a, "position") for a in "XYZ"]))[: draw(st.integers(0, 3))]
        mixed = list(turns) + list(places)
        where = draw(st.permutations(range(len(mixed)))) if draw(st.booleans()) else range(len(mixed))
        chosen = [mixed[k] for k in where]
        channels.append(chosen)
        for axis, kind in chosen:
            still = offsets[j]["XYZ".index(axis)] + 0.05  # constant, and not the OFFSET's own value
            moves = kind == "rotation" or j == 0
            columns.append(rng.uniform(-170, 170, frames) if moves else np.full(frames, still))
    names = [f"part{j}" for j in range(count)]
    return foreign.Document(names, parents, offsets, channels, np.stack(columns, 1))


@settings(max_examples=60, deadline=None)
@given(documents())
def test_any_dialect_means_what_it_says(tmp_path_factory, document):
    motion = read(tmp_path_factory, document, scale=1.0, up="Y")
    kept = [document.names.index(name) for name in motion.skeleton.names]  # nodes above the body may be folded away
    assert np.abs(motion.joints() - document.joints()[:, kept]).max() < 1e-5
    assert motion.fps == 30


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([12.5, 24.0, 30.0, 17.3, 59.94, 120.0]))
def test_round_trip(tmp_path_factory, seed, fps):
    motion = forge.motion(0.7, fps, seed, size=1.0)
    path = tmp_path_factory.mktemp("trip") / "motion.bvh"
    motion.save(path)
    back = formats.load(path)
    assert back.skeleton.names == motion.skeleton.names
    assert back.fps == pytest.approx(fps, rel=1e-9)
    assert np.abs(back.joints() - motion.joints()).max() < 1e-6
    assert np.degrees(rotation.geodesic(back.rotations, motion.rotations)).max() < 1e-4


@pytest.mark.parametrize("size", [0.2, 1.0, 4.0])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_our_own_files_say_their_axis_and_unit(tmp_path, size, end):
    """A body that tumbles so that another axis seems up, as one in 200 does, a puppet and a giant."""
    tumbling = forge.motion(0.7, 30, seed=86, size=1.0)
    motion = tumbling.with_(root=size * tumbling.root, skeleton=WHOLE_BODY.with_offsets(size * WHOLE_BODY.offsets))
    path = tmp_path / "motion.bvh"
    motion.save(path)
    path.write_bytes(path.read_bytes().replace(b"\n", end.encode()))
    assert np.abs(formats.load(path).joints() - motion.joints()).max() < 1e-6
    assert np.abs(formats.load(path, up="Z").joints() - motion.joints()).max() > 0.1 * size, "what is said goes first"
    path.write_bytes(re.sub(rb"(Frame Time: 0.\d{6})\d+", rb"\1", path.read_bytes()))  # as other programs print it
    assert np.abs(formats.load(path).joints() - motion.joints()).max() > 0.1 * size, (
        "found out from the body, and wrong"
    )


def test_an_independent_reader_agrees_on_every_frame(tmp_path):
    motion = forge.motion(1.0, 30, seed=3, size=0.8)
    motion.save(tmp_path / "motion.bvh")
    root = bvhio.readAsHierarchy(str(tmp_path / "motion.bvh"))
    found = {joint.Name: joint for joint, _, _ in root.layout()}
    ours = motion.joints()
    for frame in range(len(motion)):
        root.loadPose(frame)
        theirs = [[*found[name].PositionWorld] for name in motion.skeleton.names]
        assert np.abs(np.array(theirs) * bvh.WRITTEN_UNIT - ours[frame]).max() < MM


def test_layout_of_the_text_does_not_matter(tmp_path):
    text = foreign.body().text()
    plain, odd = tmp_path / "plain.bvh", tmp_path / "odd.bvh"
    plain.write_text(text)
    head, rows = text.split("MOTION")
    odd_head = (
        head.replace("\n{", " {").replace("ROOT", "Root").replace("End Site", "END SITE").replace("LeftArm", "Left Arm")
    )
    odd.write_bytes(b"\xef\xbb\xbf" + (odd_head + "MOTION" + rows.replace(" ", "\t")).replace("\n", "\r\n").encode())
    motion = bvh.read(odd)
    assert motion.skeleton.names[3] == "Left Arm"
    assert np.array_equal(motion.joints(), bvh.read(plain).joints())


def test_reference_node_above_the_body_is_folded_away(tmp_path):
    """As in the Bandai-Namco files: joint_Root stays at the origin and Hips has the travel."""
    document = foreign.body()
    document.names.insert(0, "joint_Root")
    document.parents = [-1] + [p + 1 for p in document.parents]
    document.offsets = np.concatenate([np.zeros((1, 3)), document.offsets])
    document.channels.insert(0, document.channels[0])
    still = np.tile([0.0, 5.0, 0, 0, 0, 30.0], (len(document.rows), 1))
    document.rows = np.concatenate([still, document.rows], 1)
    path = tmp_path / "reference.bvh"
    path.write_text(document.text())
    motion = bvh.read(path)
    assert motion.skeleton.names == tuple(document.names[1:])
    assert np.abs(motion.joints() - 0.01 * document.joints()[:, 1:]).max() < 1e-5


def test_stretching_bones_take_their_median(tmp_path):
    document = foreign.body()
    document.channels[4] = [("X", "position"), *document.channels[4]]
    column = 3 + 3 * 4
    stretch = np.linspace(48, 52, len(document.rows))
    document.rows = np.insert(document.rows, column, stretch, axis=1)
    path = tmp_path / "stretch.bvh"
    path.write_text(document.text())
    motion = bvh.read(path)
    assert motion.skeleton.offsets[4] == pytest.approx([0.5, 0, 0])
    assert np.abs(motion.joints() - 0.01 * document.joints()).max() < 0.021


def test_position_channels_that_are_all_zero_leave_the_offsets(tmp_path):
    document = foreign.body()
    expected = document.joints()
    for j in range(len(document.names) - 1, 0, -1):
        document.channels[j] = [(axis, "position") for axis in "XYZ"] + document.channels[j]
        document.rows = np.insert(document.rows, [3 + 3 * j] * 3, 0.0, axis=1)
    path = tmp_path / "differences.bvh"
    path.write_text(document.text())
    assert np.abs(bvh.read(path).joints() - 0.01 * expected).max() < 1e-6


def test_same_name_twice_and_no_channels(tmp_path):
    document = foreign.body()
    document.names[4] = document.names[6] = "Hand"
    document.channels[4], document.rows = [], np.delete(document.rows, [15, 16, 17], axis=1)
    path = tmp_path / "twice.bvh"
    path.write_text(document.text())
    motion = bvh.read(path)
    assert motion.skeleton.names[4] == "Hand" and motion.skeleton.names[6] == "Hand_2"
    assert np.abs(motion.joints() - 0.01 * document.joints()).max() < 1e-5


@pytest.mark.parametrize(
    ("printed", "fps"),
    [("0.033333", 30), ("0.0083333", 120), ("0.01", 100), ("0.041667", 24), ("0.0333667", 30 / 1.001), ("0.08", 12.5),
     ("0.05780347", 1 / 0.05780347), ("3.3333e-02", 30), ("0.03", 1 / 0.03)],
)  # fmt: skip
def test_frame_rates_as_printed(tmp_path, printed, fps):
    document = foreign.body(2)
    document.frame_time = printed
    (tmp_path / "rate.bvh").write_text(document.text())
    assert bvh.read(tmp_path / "rate.bvh").fps == pytest.approx(fps, rel=1e-12)


def test_ends_survive_and_deep_trees_are_no_problem(tmp_path):
    names = tuple(f"link{k}" for k in range(400))
    chain = Skeleton(names, tuple(range(-1, 399)), np.tile([0, 0.01, 0], (400, 1)), {"link399": np.array([0, 0.02, 0])})
    motion = Motion(rotation.identity(2, 400), np.zeros((2, 3)), 30, chain)
    motion.save(tmp_path / "chain.bvh")
    back = bvh.read(tmp_path / "chain.bvh", scale=0.01, up="Y")
    assert back.skeleton.ends["link399"] == pytest.approx([0, 0.02, 0])
    assert np.allclose(back.joints(), motion.joints(), atol=1e-6)
