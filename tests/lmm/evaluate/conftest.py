"""A forged store that boards are made of."""

import pytest

from motionverse import tomato
from motionverse.clip import Caption, Clip
from motionverse.stats import Stats
from motionverse.store.writer import Writer
from tests import forge


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    place, stats = tmp_path_factory.mktemp("data") / "store", Stats()
    with Writer(place) as writer:
        for k in range(5):
            motion = forge.walk(seconds=4.0, speed=0.8 + 0.2 * k, turn=0.2 * k)
            stats.update(tomato.encode(motion)[0])
            captions = (Caption("a person walks"),)
            writer.add(Clip(motion, f"forged/{k}", "forged", "cmu", f"p{k}", captions, action="walk", split="test"))
        writer.close(stats)
    return place
