"""A training run, stated: one dataclass tree, read from YAML through lmm.config. Knows no tensor."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lmm import config
from lmm.config import CodesConfig, DiffusionConfig, EncoderConfig, GPTConfig, LMMConfig
from lmm.precision import PRECISIONS
from lmm.tasks import STREAMS
from lmm.train import limits
from lmm.train.curriculum import CurriculumConfig
from motionverse.errors import MotionError

ENGINES = ("auto", "plain", "deepspeed")


@dataclass
class DataConfig:
    """Where windows come from."""

    store: str = "store"  # folder that `motionverse build` wrote
    weights: dict[str, float] = field(default_factory=dict)  # source -> share; empty: by `temperature` alone
    temperature: float = 0.5  # of a source's actions: each weighs (its seconds) ** temperature; 1: all seconds alike
    sound_temperature: float = (
        0.5  # the same among clips with sound, in steps that show it; `weights` says nothing of these
    )
    mirror: float = 0.5  # share of windows shown mirrored, with mirrored words
    silent: dict[str, list[str]] = field(
        default_factory=dict
    )  # stream -> beginnings of the names of channels not to hear
    text_cache: str = ""  # folder of cached token embeddings; empty: the text encoder's own default
    signal_cache: str = ""  # folder of cached features of sounds; empty: beside the store
    workers: int = 1  # processes that prepare batches; 0: none
    memory: float = 4.0  # GiB of encoded clips that each may hold
    ahead: int = 4  # batches prepared ahead by each


@dataclass
class LossConfig:
    """Weights of the loss terms. A group is the mean over its own features, so no group wins by being wide."""

    groups: dict[str, float] = field(
        default_factory=lambda: {
            "root": 1.0,  # yaw rate, planar velocity, height
            "tilt": 1.0,  # positions of the pelvis' children: its pitch and roll
            "positions": 0.75,
            "rotations": 1.5,
            "velocities": 0.5,
            "hands": 0.5,
            "face": 0.25,
        }
    )
    balance: float = 0.01  # of the mixtures of experts
    skate: float = 0.5  # world speed of feet in contact, by forward kinematics and the root's rates
    joints: float = 1.0  # joint positions by forward kinematics of the rotations
    motion: float = 0.2  # velocities that disagree with the way positions and root change
    pulse: float = 0.0  # how the speeds of body and limbs rise and fall, whatever their size: what music and speech say
    guess: float = 0.0  # of what single streams tell of the motion (model.guesses, model.pulses)
    denoising: bool = True  # False: those guesses alone are learnt, at a tenth of a step's cost
    snr_cap: float = (
        5.0  # min-SNR weighting (Hang et al., arXiv 2303.09556), scaled to mean 1; 0: every step weighs the same
    )


@dataclass
class OptimiserConfig:
    """AdamW with warm-up, then a cosine to zero over the run's planned length, or steps."""

    rate: float = 1e-3
    schedule: str = "cosine"  # cosine | drops
    drops: list[float] = field(default_factory=list)  # shares of the run: from each on, a tenth of the rate
    betas: list[float] = field(default_factory=lambda: [0.9, 0.98])
    decay: float = 0.01  # weight decay, on matrices only
    warm_up: int = 200  # steps
    clip: float = 1.0  # gradient norm
    ema: float = 0.999  # decay of the averaged weights, itself warmed up


@dataclass
class RunConfig:
    """Length, place and habits of the run. It ends at the first of its limits that is reached; 0: no such limit."""

    folder: str = "runs/lmm"
    seed: int = 0
    steps: int = 0
    minutes: float = 0.0  # wall time over all its pieces, counted over resumptions
    cpu_minutes: float = 0.0  # CPU time of the training process, counted likewise: a budget that a busy machine keeps
    threads: int = 0  # torch threads; 0: as torch finds them
    precision: str = "auto"  # auto (bf16 where the machine multiplies it) | bf16 | fp32
    compile: bool = False  # torch.compile
    resume: bool = True  # go on from the folder's last checkpoint, if there is one
    warm_start: str = ""  # published name or folder of weights to start from, with a fresh optimiser
    checkpoint_minutes: float = 5.0
    validate_minutes: float = 5.0
    validate_clips: int = 64
    log_steps: int = 10
    tensorboard: bool = False  # the log for TensorBoard too, in the run's folder
    engine: str = "auto"  # auto (deepspeed where a launcher started several processes) | plain | deepspeed
    zero: int = 1  # DeepSpeed's stage: ranks share 0 nothing, 1 the optimiser's moments, 2 gradients too, 3 weights too
    accumulate: int = 1  # pieces that a rank's share of a step is cut into, one after the other: less memory
    checkpointing: bool = False  # compute the blocks once more on the way back: less memory


@dataclass
class Recipe:
    """Everything that a training run depends on."""

    network: str = (
        "lmm"  # what is trained: a name of lmm.train.learner.NETWORKS, shaped by the field below that is called so
    )
    data: DataConfig = field(default_factory=DataConfig)
    model: LMMConfig = field(default_factory=LMMConfig)  # of lmm
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    codes: CodesConfig = field(default_factory=CodesConfig)  # of codes, and of gpt's tokenizer
    gpt: GPTConfig = field(default_factory=GPTConfig)
    diffusion: DiffusionConfig = field(default_factory=DiffusionConfig)
    curriculum: CurriculumConfig = field(default_factory=CurriculumConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    run: RunConfig = field(default_factory=RunConfig)


def read(path: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """A recipe from YAML and overrides, as lmm.config.read. Raises MotionError in one line for keys and values that cannot be."""
    recipe = config.read(path, Recipe, overrides)
    for fault in limits.faults(recipe):
        raise MotionError(f"{path}: {fault}")
    run, curriculum = recipe.run, recipe.curriculum
    odd = [name for name, shift in curriculum.shifts.items() if name not in STREAMS or not shift >= 1]
    faults = {
        f"run.precision: {run.precision!r} is not one of {', '.join(PRECISIONS)}": run.precision not in PRECISIONS,
        "run.steps, run.minutes and run.cpu_minutes are all 0; give the run an end": max(
            run.steps, run.minutes, run.cpu_minutes
        )
        <= 0,
        "curriculum.lengths: give at least one window length of 4 frames or more": not curriculum.lengths
        or min(curriculum.lengths) < 4,
        f"curriculum.pool: {curriculum.pool} steps; give at least 1": curriculum.pool < 1,
        "curriculum.shows: shares of steps; none may be negative, and one must be positive": min(
            curriculum.shows.values(), default=0
        )
        < 0
        or not any(curriculum.shows.values()),
        f"curriculum.slowest: {curriculum.slowest} fps must be positive and at most curriculum.rate": not 0
        < curriculum.slowest
        <= curriculum.rate,
        f"optimiser.schedule: {recipe.optimiser.schedule!r} is not one of cosine, drops": recipe.optimiser.schedule
        not in ("cosine", "drops"),
        "loss.denoising is false: then name streams in model.guesses and give loss.guess": not recipe.loss.denoising
        and not (recipe.loss.guess > 0 and (recipe.model.guesses or recipe.model.pulses)),
        f"curriculum.shifts: {', '.join(odd)}: no stream of lmm.tasks.STREAMS, or below 1": bool(odd),
        "optimiser.betas: give two numbers below 1": len(recipe.optimiser.betas) != 2
        or max(recipe.optimiser.betas) >= 1,
        f"run.engine: {run.engine!r} is not one of {', '.join(ENGINES)}": run.engine not in ENGINES,
        f"run.zero: {run.zero} is no stage of ZeRO; the stages are 0 to 3": run.zero not in range(4),
    }
    for fault, found in faults.items():
        if found:
            raise MotionError(f"{path}: {fault}")
    return recipe
