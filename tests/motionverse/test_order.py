"""Every clip once an epoch, over all ranks; the same from any step on, for any number of workers."""

import time

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.order import Order, shuffled


@pytest.mark.parametrize("count", [*range(1, 40), 64, 65, 255, 256, 257, 1000, 4097])
def test_a_permutation_is_one_and_the_key_decides_which(count: int) -> None:
    places = np.arange(count)
    found = shuffled(places, count, (1, 2))
    np.testing.assert_array_equal(np.sort(found), places)
    np.testing.assert_array_equal(found, shuffled(places, count, (1, 2)))
    if count > 20:
        assert (found != places).any() and (found != shuffled(places, count, (1, 3))).any()


def test_a_permutation_looks_random() -> None:
    count, trials = 20, 2000
    drawn = np.array([shuffled(np.arange(count), count, (seed,)) for seed in range(trials)])
    for table in (
        drawn[:, 0],
        drawn[:, 7],
        (drawn[:, 3] - drawn[:, 2]) % count,
    ):  # two single places; the step between neighbours
        seen = np.bincount(table, minlength=count)
        expected = trials / (count if seen[0] else count - 1)  # neighbours differ
        chi_square = ((seen[seen > 0] - expected) ** 2 / expected).sum()
        assert chi_square < 50  # 19 degrees of freedom: 1 in 10,000
    long = shuffled(np.arange(100_000), 100_000, (5,)).astype(float)
    assert abs(np.corrcoef(long, np.arange(100_000))[0, 1]) < 0.02
    assert abs(np.corrcoef(long[1:], long[:-1])[0, 1]) < 0.02


SHARDS = np.repeat(np.arange(7), [10, 3, 25, 1, 14, 30, 18])  # 101 clips


@pytest.mark.parametrize(
    "shards", [None, SHARDS, np.random.default_rng(0).permutation(SHARDS)], ids=["all", "blocks", "mixed"]
)
@pytest.mark.parametrize(("world", "batch"), [(1, 1), (1, 8), (3, 4), (8, 16)])
def test_every_clip_once_an_epoch_over_all_ranks(world: int, batch: int, shards: np.ndarray | None) -> None:
    clips = np.arange(101) * 3 + 1
    ranks = [Order(clips, seed=4, batch=batch, rank=rank, world=world, shards=shards) for rank in range(world)]
    steps = -(-3 * 101 // (world * batch))
    stream = np.array([key for step in range(steps) for order in ranks for key in order.keys(step)])
    epochs = [stream[k * 101 : (k + 1) * 101] for k in range(3)]
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch[:, 0]), clips)
        assert len(set(epoch[:, 1])) == 1
    assert len({epoch[0, 1] for epoch in epochs}) == 3  # windows are drawn anew
    assert (epochs[0][:, 0] != epochs[1][:, 0]).any()
    assert all(len(order.keys(step)) == batch for order in ranks for step in range(steps))


def test_a_step_needs_none_before_it_and_workers_change_nothing() -> None:
    order = Order(1000, seed=1, batch=7, rank=2, world=5)
    straight = order.batches()
    first = [next(straight) for _ in range(40)]
    resumed = Order(1000, seed=1, batch=7, rank=2, world=5).batches(step=25)
    assert [next(resumed) for _ in range(15)] == first[25:]
    for workers in (1, 2, 3):
        turns = [order.batches(10, worker, workers) for worker in range(workers)]
        assert [next(turns[k % workers]) for k in range(30)] == first[10:]


@pytest.mark.parametrize(("world", "batch"), [(1, 16), (2, 8), (6, 5)])
def test_another_world_goes_on_where_the_first_stopped(world: int, batch: int) -> None:
    before = [Order(101, seed=3, batch=4, rank=rank, world=4, shards=SHARDS) for rank in range(4)]
    seen = [key for step in range(5) for order in before for key in order.keys(step)]
    after = [
        Order(101, seed=3, batch=batch, rank=rank, world=world, start=before[0].seen(5), shards=SHARDS)
        for rank in range(world)
    ]
    seen += [key for step in range(40) for order in after for key in order.keys(step)]
    assert sorted(clip for clip, _ in seen[:101]) == list(range(101))
    assert before[0].epoch(5) == after[0].epoch(0) == 80 / 101


def test_blocks_keep_to_few_shards_at_once_and_still_mix_them() -> None:
    shards = np.repeat(np.arange(50), 40)
    stream = shards[Order(2000, seed=2, shards=shards, at_once=4).at(np.arange(4000))]
    for start in (epoch + k for epoch in (0, 2000) for k in range(0, 1920, 160)):  # four shards of 40 clips
        assert len(set(stream[start : start + 160])) == 4
        assert len(set(stream[start : start + 40])) >= 3
    assert list(dict.fromkeys(stream[:2000])) != list(dict.fromkeys(stream[2000:]))


def test_a_batch_out_of_a_billion_clips_costs_nothing() -> None:
    order = Order(10**9, batch=256, world=1000, rank=999)
    began = time.perf_counter()
    found = [clip for step in (0, 10**6, 10**9) for clip, _ in order.keys(step)]
    assert len(set(found)) > 760 and max(found) < 10**9 and time.perf_counter() - began < 1


def test_a_loader_with_workers_gives_the_same_batches() -> None:
    from torch.utils.data import DataLoader, Dataset

    class Named(Dataset):  # type: ignore[type-arg]
        def __getitem__(self, key: tuple[int, int]) -> str:
            return f"{key}"

        def __len__(self) -> int:
            return 50

    def some(workers: int) -> list[list[str]]:
        batches = Order(50, seed=9, batch=4).batches(3)
        loader = iter(DataLoader(Named(), batch_sampler=batches, num_workers=workers, collate_fn=list))  # pyright: ignore[reportArgumentType]
        return [next(loader) for _ in range(20)]

    assert some(0) == some(2)


@pytest.mark.parametrize("wrong", [{"clips": 0}, {"batch": 0}, {"rank": 2, "world": 2}, {"start": -1}, {"seed": -1}])
def test_senseless_numbers_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(MotionError, match="order: "):
        Order(**{"clips": 10, **wrong})  # pyright: ignore[reportArgumentType]
