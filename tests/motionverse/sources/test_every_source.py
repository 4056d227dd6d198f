"""Every source of the table reads a forged distribution, and says in one line which file is wrong in a broken one."""

from pathlib import Path

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.licence import LICENCES
from motionverse.sources import table
from tests.motionverse.sources.forgeries import FORGERIES


def test_every_source_has_a_forgery():
    """A new source needs a row in tests/motionverse/sources/forgeries.py: a forged distribution, and two ways to break it."""
    assert set(FORGERIES) == set(table.SOURCES)


def told(source: str, root: Path) -> str:
    """What reading everything says, which must be one line."""
    with pytest.raises(MotionError) as caught:
        list(table.source(source).clips(root))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("source", FORGERIES)
def test_a_forged_distribution_is_read(source: str, tmp_path: Path):
    path = FORGERIES[source].make(tmp_path)
    (clip,) = table.source(source).clips(tmp_path)
    assert clip.source == source and clip.licence in LICENCES and clip.name and clip.performance
    assert path.is_file() and clip.motion.frames >= 6 and np.isfinite(clip.motion.joints()).all()
    apart = clip.motion.rotations @ np.swapaxes(clip.motion.rotations, -1, -2) - np.eye(3)
    assert np.abs(apart).max() < 1e-5


@pytest.mark.parametrize("source", FORGERIES)
def test_a_folder_without_its_files_says_how_to_get_them(source: str, tmp_path: Path):
    message = told(source, tmp_path)
    assert str(tmp_path) in message and table.source(source).how_to_obtain[:60] in message


@pytest.mark.parametrize("source", FORGERIES)
def test_a_file_that_is_gone_is_named(source: str, tmp_path: Path):
    path = FORGERIES[source].make(tmp_path)
    (entry,) = table.source(source).entries(tmp_path)
    path.unlink()
    with pytest.raises(MotionError) as caught:
        table.source(source).read(entry)
    assert path.name in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("source", FORGERIES)
@pytest.mark.parametrize("way", ["shape", "order"])
def test_a_file_of_another_shape_or_order_is_named(source: str, way: str, tmp_path: Path):
    path = FORGERIES[source].make(tmp_path)
    change, complaint = getattr(FORGERIES[source], way)
    change(path)
    message = told(source, tmp_path)
    assert path.name in message
    with pytest.raises(MotionError, match=complaint):
        list(table.source(source).clips(tmp_path))
