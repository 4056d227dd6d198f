"""What turns costs into steps: in this process alone (`Plain`), or shared with others by DeepSpeed (`Sharded`).

Rajbhandari et al., ZeRO, SC 2020, arXiv 1910.02054: at stage 0 every rank holds everything, at 1 a share of the optimiser's
moments, at 2 of the gradients too, at 3 of the weights too. Weights, gradients and moments are float32 whatever the precision
of the products. Whichever engine it is, whole tensors go in and come out by parameter name, so that any checkpoint goes on under
any engine, stage and number of ranks. The only file that imports deepspeed.
"""

import logging
import math
import os
import socket
import warnings
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, distributed, nn
from torch.utils.checkpoint import checkpoint

from lmm.train.feed import Shown
from lmm.train.learner import Learner, Terms
from lmm.train.loss import Counts
from lmm.train.optimiser import moments, optimiser, put_moments
from lmm.train.ranks import Ranks, launched
from lmm.train.recipe import Recipe
from motionverse.errors import MotionError

MOMENTS = ("exp_avg", "exp_avg_sq")  # of AdamW


class Engine(Protocol):
    """How a run computes. `live` are the tensors that this rank holds of the parameters, whole or its part, by name."""

    def cost(self, shown: Shown, counts: Counts | None) -> tuple[Tensor, Terms]:
        """A learner's cost of this rank's clips."""
        ...

    def backward(self, total: Tensor) -> None:
        """Add a cost's gradient to that of the step."""
        ...

    def step(self, speed: float) -> float:
        """Move the weights at a learning rate; returns the gradient's norm. Where it is not finite, nothing moves."""
        ...

    def live(self) -> dict[str, Tensor]: ...

    def whole(self, parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Tensors held as `live` holds them, whole on rank 0 (empty elsewhere); all ranks call it."""
        ...

    def part(self, name: str, value: Tensor) -> Tensor:
        """What this rank holds of a parameter's whole tensor."""
        ...

    def moments(self) -> dict[str, Tensor]:
        """The optimiser's whole tensors as `NAME/KEY`, on rank 0; all ranks call it."""
        ...

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """The inverse of `moments`, on every rank."""
        ...


class Plain:
    """One process, nothing but torch."""

    def __init__(self, recipe: Recipe, learner: Learner) -> None:
        self.learner, self.model, self.clip = learner, learner.model, recipe.optimiser.clip or math.inf
        self.optimiser = optimiser(recipe.optimiser, self.model)

    def cost(self, shown: Shown, counts: Counts | None) -> tuple[Tensor, Terms]:
        return self.learner.cost(shown, counts)

    def backward(self, total: Tensor) -> None:
        total.backward()

    def step(self, speed: float) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = speed
        norm = float(nn.utils.clip_grad_norm_(self.model.parameters(), self.clip))
        if math.isfinite(norm):
            self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return norm

    def live(self) -> dict[str, Tensor]:
        return dict(self.model.named_parameters())

    def whole(self, parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return dict(parts)

    def part(self, name: str, value: Tensor) -> Tensor:
        return value

    def moments(self) -> dict[str, Tensor]:
        return moments(self.model, self.optimiser)

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        put_moments(self.model, self.optimiser, tensors)


class _Costing(nn.Module):
    """A learner's cost as a module's forward, so that stage 3 gathers the weights before it and lets them go after it."""

    def __init__(self, learner: Learner) -> None:
        super().__init__()
        self.model, self._cost = learner.model, learner.cost

    def forward(self, shown: Shown, counts: Counts | None) -> tuple[Tensor, Terms]:
        return self._cost(shown, counts)


class Sharded:
    """DeepSpeed's engine over all ranks. Every rank's costs are addends of the step's; their gradients are summed."""

    def __init__(self, recipe: Recipe, learner: Learner, ranks: Ranks) -> None:
        import deepspeed

        self.ranks, self.model, self.stage = ranks, learner.model, recipe.run.zero
        self.pieces, self.clip = recipe.run.accumulate, recipe.optimiser.clip
        self.named: dict[str, Any] = dict(self.model.named_parameters())
        self.shapes = {name: p.shape for name, p in self.named.items()}
        for p in self.named.values():
            p.data = p.data.view(p.shape or (1,))  # DeepSpeed cannot send a tensor without axes
        costing = _Costing(learner)
        moved = optimiser(recipe.optimiser, self.model)
        self.engine: Any = deepspeed.initialize(
            model=costing, optimizer=moved, config=self._config(), dist_init_required=False
        )[0]
        self.done = 0
        self.moved = [name for name, p in self.named.items() if p.requires_grad]
        if self.stage == 3:  # parts use each other's weights: all are gathered at once
            for p in self.named.values():
                deepspeed.zero.register_external_parameter(costing, p)
        if self.stage:
            self._begin()

    def _config(self) -> dict[str, Any]:
        keep_none = {"stage3_param_persistence_threshold": 0, "stage3_max_reuse_distance": 0}
        return {
            "train_micro_batch_size_per_gpu": 1,  # of pieces; how many clips that is, the feed decides
            "gradient_accumulation_steps": self.pieces,
            "gradient_clipping": self.clip,
            "zero_optimization": {"stage": self.stage, **(keep_none if self.stage == 3 else {})},
            "zero_allow_untested_optimizer": True,  # torch's AdamW: nothing is compiled at the start
            "steps_per_print": 2**40,
        }

    def cost(self, shown: Shown, counts: Counts | None) -> tuple[Tensor, Terms]:
        return self.engine(shown, counts)

    def backward(self, total: Tensor) -> None:
        if self.done % self.pieces:
            self.engine.step()  # between pieces it only counts them
        self.done += 1
        self.engine.backward(total * (self.pieces * self.ranks.world))  # it takes means over pieces and ranks

    def step(self, speed: float) -> float:
        for group in self.engine.optimizer.param_groups:
            group["lr"] = speed
        if self.stage:
            self.engine.step()  # which does not move where the gradient is not finite
            return float(self.engine.get_global_grad_norm())
        norm = float(nn.utils.get_total_norm([p.grad for p in self.named.values() if p.grad is not None]))
        if math.isfinite(norm):
            self.engine.step()
        return norm

    def live(self) -> dict[str, Tensor]:
        return {name: p.ds_tensor if self.stage == 3 else p for name, p in self.named.items()}

    def whole(self, parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
        found = {}
        for name, part in parts.items():
            pieces = [part]
            if self.stage == 3:
                pieces = [torch.empty_like(part) for _ in range(self.ranks.world)]
                distributed.all_gather(pieces, part.detach().contiguous())
            if not self.ranks.rank:
                shape = self.shapes[name]
                found[name] = torch.cat([piece.flatten() for piece in pieces])[: shape.numel()].view(shape).cpu()
        return found

    def part(self, name: str, value: Tensor) -> Tensor:
        if self.stage < 3:
            return value.view_as(self.named[name])
        size = self.named[name].ds_tensor.numel()
        padded = value.new_zeros(size * self.ranks.world)
        padded[: value.numel()] = value.flatten()
        return padded[size * self.ranks.rank :][:size]

    def moments(self) -> dict[str, Tensor]:
        from deepspeed.utils import safe_get_full_optimizer_state, safe_get_local_optimizer_state

        if not self.stage:
            found = moments(self.model, self.engine.optimizer) if not self.ranks.rank else {}
            shapes = {f"{name}/{key}": shape for name, shape in self.shapes.items() for key in MOMENTS}
            return {name: value.view(shapes.get(name, value.shape)) for name, value in found.items()}
        found = {}
        for key in MOMENTS:
            if self.stage == 3:
                parts = {name: safe_get_local_optimizer_state(self.named[name], key) for name in self.moved}
                found |= {f"{name}/{key}": value for name, value in self.whole(parts).items()}
                continue
            for name in self.moved:
                value: Any = safe_get_full_optimizer_state(self.named[name], key)
                if not self.ranks.rank:
                    found[f"{name}/{key}"] = value.cpu().view(self.shapes[name])
        steps = self._states()[0]["step"].cpu()
        return found | ({f"{name}/step": steps.clone() for name in self.moved} if not self.ranks.rank else {})

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        from deepspeed.utils import safe_set_full_optimizer_state, safe_set_local_optimizer_state

        if not self.stage:
            return put_moments(self.model, self.engine.optimizer, tensors)
        steps = max((value for name, value in tensors.items() if name.endswith("/step")), default=None)
        if steps is None:
            return None
        for state in self._states():
            state["step"].copy_(steps)
        for name in self.moved:
            parameter = self.named[name]
            for key in MOMENTS if f"{name}/step" in tensors else ():  # what never had a gradient has none
                value = tensors[f"{name}/{key}"].to(parameter.device)
                if self.stage == 3:
                    safe_set_local_optimizer_state(parameter, self.part(name, value), key)
                else:
                    safe_set_full_optimizer_state(parameter, value, key)
        return None

    def _states(self) -> list[dict[str, Tensor]]:
        """The state of torch's optimiser for each of this rank's shares of parameters, which lie there end to end."""
        zero = self.engine.optimizer
        held = zero.fp32_partitioned_groups_flat if self.stage == 3 else zero.single_partition_of_fp32_groups
        return [zero.optimizer.state[share] for share in held]

    def _begin(self) -> None:
        """Moments from the start: DeepSpeed 0.19 finds those of the first group of parameters only when they come by themselves."""
        zero = self.engine.optimizer
        held = zero.fp32_partitioned_groups_flat if self.stage == 3 else zero.single_partition_of_fp32_groups
        for share in held:
            moved = {key: torch.zeros_like(share) for key in MOMENTS}
            zero.optimizer.state[share] = {"step": torch.zeros((), device=share.device), **moved}
        if self.stage < 3:
            zero._lazy_init_hp_params_optimizer_state()


def join(recipe: Recipe) -> Ranks:
    """The ranks of this run, connected: by DeepSpeed where it is asked for or several processes were started.

    Raises MotionError where it is not installed, and for several plain processes.
    """
    world, asked = launched(), recipe.run.engine
    if asked == "plain" and world > 1:
        raise MotionError(f"run.engine: plain is one process, and {world} were started; use run.engine=deepspeed")
    if asked == "plain" or (asked == "auto" and world == 1):
        return Ranks()
    cuda = torch.cuda.is_available()
    if not cuda:
        os.environ.setdefault("DS_ACCELERATOR", "cpu")
    for name, value in {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1"}.items():
        os.environ.setdefault(name, value)
    if "MASTER_PORT" not in os.environ:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            os.environ["MASTER_PORT"] = str(free.getsockname()[1])
    try:
        import deepspeed
    except ImportError as error:
        raise MotionError(
            f"run.engine: deepspeed cannot be imported ({error}); pip install 'large-motion-model[deepspeed]'"
        ) from None
    logging.getLogger("DeepSpeed").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", category=FutureWarning, module="torch.distributed")  # of what DeepSpeed calls
    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = (
        False  # it would be compiled for a minute; gloo does as well
    )
    if cuda:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    deepspeed.init_distributed(dist_backend="nccl" if cuda else "gloo", verbose=False)
    return Ranks(int(os.environ["RANK"]), world)


def leave() -> None:
    """The end of what `join` began."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


def start(recipe: Recipe, learner: Learner, ranks: Ranks) -> Engine:
    """The engine of a run, over weights as they are now."""
    if recipe.run.checkpointing:
        _recompute(learner.model)
    return Sharded(recipe, learner, ranks) if distributed.is_initialized() else Plain(recipe, learner)


def _recompute(model: nn.Module) -> None:
    """Keep what goes into each block alone, and compute its inside once more on the way back (Chen et al., arXiv 1604.06174)."""
    blocks = getattr(model, "blocks", None) or getattr(model, "layers", None)
    if blocks is None:
        raise MotionError("run.checkpointing: this network has no blocks to recompute; leave it out")
    for block in blocks:
        block.forward = partial(checkpoint, block.forward, use_reentrant=False, preserve_rng_state=False)
