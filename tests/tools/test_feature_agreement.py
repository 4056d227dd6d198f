"""Features of sound on real recordings: librosa's own numbers, and a second run that reads nothing but the cache.

Skipped where no recordings lie beside the repository. MOTIONVERSE_CORPORA names another folder, with audio_free/music and
audio_free/speech in it.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("librosa")
from motionverse.features import music, speech
from tools import feature_agreement

FOLDER = Path(os.environ.get("MOTIONVERSE_CORPORA", Path(__file__).parents[3] / "shared" / "data")) / "audio_free"
pytestmark = pytest.mark.skipif(
    not (FOLDER / "music").is_dir(), reason=f"no recordings at {FOLDER}; set MOTIONVERSE_CORPORA to test on real sound"
)
SECOND_RUN = """
import sys
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
from pathlib import Path
from motionverse.features import {module}
from motionverse.features.cache import Cache
place, kept = sys.argv[1:]
made = {module}.load(place, Cache(kept))
for name in ("librosa", "av", "soundfile", "numba", "soxr"):
    assert name not in sys.modules, name + " was imported"
place = str(Path(place).resolve())
assert not [path for path in opened if str(Path(path).resolve()) == place], "the recording was opened again"
read = [path for path in opened if path.startswith(kept)]
assert len(read) == 2 and read[0].endswith("files.jsonl") and read[1].endswith(".npz"), read
print(float(made.values.astype(float).sum()), len(made.times), *map(len, made.events.values()))
"""


def test_the_field_s_35_and_the_beats_are_librosa_s_on_ten_recordings(capsys):
    rows = [feature_agreement.of_music(path, 2.5) for path in feature_agreement.chosen(FOLDER, "music", 10)]
    assert len(rows) >= 10 or len(list((FOLDER / "music").iterdir())) < 10
    assert any(row["reader"] == "librosa" for row in rows)
    for row in rows:
        assert row["strength"] < 1e-3 and row["mfcc"] < 1e-2 and row["chroma"] < 1e-3, row
        for event in ("onsets", "beats"):
            same, either = row[event].split("/")
            assert same == either, row


def test_speech_is_librosa_s_and_its_pitch_pyin_s():
    short = sorted(feature_agreement.chosen(FOLDER, "speech", 50), key=lambda one: one.stat().st_size)[:2]
    for path in short:
        row = feature_agreement.of_speech(path, 4.0)
        assert row["mel"] < 1e-3 and row["energy"] < 1e-3 and row["cents"] < 20, row


@pytest.mark.parametrize(("module", "kind"), [(music, "music"), (speech, "speech")])
def test_the_second_run_reads_nothing_but_the_cache(module, kind, tmp_path):
    from motionverse.features.cache import Cache

    path = min(feature_agreement.chosen(FOLDER, kind, 50), key=lambda one: one.stat().st_size)
    made = module.load(path, Cache(tmp_path))
    code = SECOND_RUN.format(module=kind)
    done = subprocess.run([sys.executable, "-c", code, path, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = done.stdout.split()
    assert np.isclose(float(told[0]), made.values.astype(float).sum(), rtol=1e-12)
    assert [int(n) for n in told[1:]] == [len(made.times), *map(len, made.events.values())]
