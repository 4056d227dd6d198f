"""The way of the public LMM's loader: for every clip one compressed npz and one json, opened and decoded for every window.

Layout and steps as in `mogen/datasets` of the public Large Motion Model code (create_data_item, LoadMotion, RandomCropKeypoints,
MotionDownsample, KeypointsToTomato, Normalize; MotrixLab/LMM): `np.savez_compressed` per clip, `metas/NAME.json` and
`texts/NAME.json` beside it, no cache. An npz holds either the features themselves (its `tomato_repr`) or joint positions
and rotation vectors (its `keypoints3d`, `smpl_rot`), from which features are made window by window. Written anew and kept cheaper
than the original: nothing is padded or smoothed, nothing is copied twice, no text embeddings are unpickled; and `poses` takes
the stored rotations as they are, where the public code fits rotations to the points of every window, as `points` does.
"""

import json
from pathlib import Path

import numpy as np

from motionverse import kinematics, rotation, tomato
from motionverse.skeleton import WHOLE_BODY
from motionverse.stats import Stats
from motionverse.store import Store

PARTS = "root head stem larm rarm lleg rleg lhnd rhnd face".split()


def written(store: Store, folder: Path, clips: int, fps: float) -> int:
    """Write the first `clips` clips of a store this way and return the bytes; `fps`: the rate of the stored features."""
    for kind in ("metas", "texts", "features", "poses"):
        (folder / kind).mkdir(parents=True)
    for index in range(clips):
        motion, record = store.motion(index), store.records[index]
        at_rate = tomato.encode(motion.resample(fps))[0]
        np.savez_compressed(folder / "features" / f"{index}.npz", tomato_repr=at_rate)
        vectors = rotation.to_rotvec(motion.rotations).reshape(len(motion), -1)
        np.savez_compressed(
            folder / "poses" / f"{index}.npz",
            keypoints3d=motion.joints().astype(np.float32),
            smpl_rot=vectors.astype(np.float32),
        )
        meta = {"framerate": record.fps, **{f"has_{part}": True for part in PARTS}, "num_frames": len(motion)}
        texts = [
            {"start_frame": int(c.start * record.fps), "end_frame": len(motion), "body_text": [c.text]}
            for c in record.captions
        ]
        (folder / "metas" / f"{index}.json").write_text(json.dumps(meta, indent=4))
        (folder / "texts" / f"{index}.json").write_text(json.dumps(texts, indent=4))
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Folder:
    """Random windows of a folder that `written` made, as normalised features (T, 669) float32 with a part mask (T, 10)."""

    def __init__(self, path: Path, stats: Stats, fps: float, seconds: float) -> None:
        self.path, self.fps, self.seconds = path, fps, seconds
        self.mean, self.scale = stats.mean.astype(np.float32), stats.scale.astype(np.float32)
        self.rng = np.random.default_rng(0)

    def features(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """A window cut out of stored features, which have the asked rate already."""
        meta, _ = self._read(index)
        whole = np.load(self.path / "features" / f"{index}.npz")["tomato_repr"]
        return self._finished(self._crop(round(self.seconds * self.fps), whole)[0], meta)

    def poses(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """A window of poses, thinned to the asked rate by leaving frames out, made into features by differences."""
        meta, _ = self._read(index)
        step = max(1, int(meta["framerate"] / self.fps + 0.1))
        stored = np.load(self.path / "poses" / f"{index}.npz")
        places, vectors = self._crop(
            round(self.seconds * meta["framerate"]) + step, stored["keypoints3d"], stored["smpl_rot"]
        )
        return self._finished(_by_differences(places[::step], vectors[::step], meta["framerate"] / step), meta)

    def points(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """As `poses`, but with rotations fitted to the joint positions, twice, as the public code does window by window.

        Once to lay the motion onto the target skeleton (RetargetSkeleton), once for the features (KeypointsToTomato).
        """
        meta, _ = self._read(index)
        step = max(1, int(meta["framerate"] / self.fps + 0.1))
        stored = np.load(self.path / "poses" / f"{index}.npz")
        places = self._crop(round(self.seconds * meta["framerate"]) + step, stored["keypoints3d"])[0]
        world = _fitted(places)
        laid = np.empty_like(places)
        laid[:, 0] = places[:, 0]
        for j, p in enumerate(WHOLE_BODY.parents[1:], 1):
            laid[:, j] = laid[:, p] + world[:, p] @ WHOLE_BODY.offsets[j]
        vectors = rotation.to_rotvec(kinematics.to_local(WHOLE_BODY, _fitted(laid[::step])))
        return self._finished(
            _by_differences(laid[::step], vectors.reshape(len(vectors), -1), meta["framerate"] / step), meta
        )

    def resampled(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """As `poses`, brought to the asked rate by cubic splines through positions and quaternions."""
        from scipy.interpolate import CubicSpline

        meta, _ = self._read(index)
        stored, native = np.load(self.path / "poses" / f"{index}.npz"), meta["framerate"]
        places, vectors = self._crop(
            round((self.seconds + 1 / self.fps) * native), stored["keypoints3d"], stored["smpl_rot"]
        )
        q = rotation.to_quat(rotation.from_rotvec(vectors.reshape(len(vectors), -1, 3)))
        for t in range(1, len(q)):
            q[t] *= np.where((q[t] * q[t - 1]).sum(-1, keepdims=True) < 0, -1, 1)
        times = np.arange(len(q)) / native
        asked = np.arange(int(times[-1] * self.fps) + 1) / self.fps
        turned = rotation.to_rotvec(rotation.from_quat(CubicSpline(times, q)(asked))).reshape(len(asked), -1)
        return self._finished(_by_differences(CubicSpline(times, places)(asked), turned, self.fps), meta)

    def _read(self, index: int) -> tuple[dict, list]:
        with (
            (self.path / "metas" / f"{index}.json").open() as meta,
            (self.path / "texts" / f"{index}.json").open() as texts,
        ):
            return json.load(meta), json.load(texts)

    def _crop(self, frames: int, *arrays: np.ndarray) -> list[np.ndarray]:
        start = int(self.rng.integers(0, max(len(arrays[0]) - frames, 0) + 1))
        return [array[start : start + frames] for array in arrays]

    def _finished(self, features: np.ndarray, meta: dict) -> tuple[np.ndarray, np.ndarray]:
        mask = np.ones((len(features), len(PARTS)), np.float32)
        for k, part in enumerate(PARTS):
            if not meta[f"has_{part}"]:
                mask[:, k] = 0
        return ((features - self.mean) / self.scale).astype(np.float32), mask


def _fitted(places: np.ndarray) -> np.ndarray:
    """(T, 52, 3, 3) world rotations: the pelvis from hips and spine, then joint after joint the shortest turn to its child."""
    world = np.empty((*places.shape, 3))
    across, up = places[:, 1] - places[:, 2], places[:, 3] - places[:, 0]
    x = across / np.linalg.norm(across, axis=-1, keepdims=True)
    z = np.cross(x, up)
    z /= np.linalg.norm(z, axis=-1, keepdims=True)
    world[:, 0] = np.stack([x, np.cross(z, x), z], -1)
    for j, p in enumerate(WHOLE_BODY.parents[1:], 1):
        world[:, j] = world[:, p]
        for child in WHOLE_BODY.children[j][:1]:
            bone = np.swapaxes(world[:, p], -1, -2) @ (places[:, child] - places[:, j])[..., None]
            world[:, j] = world[:, p] @ rotation.between(WHOLE_BODY.offsets[child], bone[..., 0])
    return world


def _by_differences(places: np.ndarray, vectors: np.ndarray, fps: float) -> np.ndarray:
    """(T - 1, 669) features of joint positions (T, 52, 3) and rotation vectors (T, 156), velocities per second by differences."""
    turns = rotation.from_rotvec(vectors.reshape(len(vectors), -1, 3))
    yaw = np.unwrap(rotation.twist_about_y(turns[:, 0]))
    facing = rotation.about_y(-yaw)
    moves = np.einsum("tij,tkj->tki", facing[:-1], np.diff(places, axis=0) * fps)
    placed = np.einsum("tij,tkj->tki", facing, places - places[:, :1] * [1, 0, 1])[:-1]
    flat = (len(moves), -1)
    return np.concatenate(
        [
            np.diff(yaw)[:, None] * fps,
            moves[:, 0, ::2],
            placed[:, 0, 1:2],
            placed[:, 1:].reshape(flat),
            rotation.to_sixd(turns[:-1, 1 : len(WHOLE_BODY)]).reshape(flat),
            moves.reshape(flat),
            np.zeros((len(moves), 50)),
        ],
        -1,
    )
