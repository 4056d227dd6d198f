"""Which number format the products run in: bfloat16 where the processor multiplies it, float32 elsewhere."""

from typing import TYPE_CHECKING

from motionverse.errors import MotionError

if TYPE_CHECKING:  # the names are wanted where torch is not yet
    import torch

PRECISIONS = ("auto", "bf16", "fp32")


def dtype(precision: str = "auto") -> "torch.dtype":
    """The torch dtype of a precision by name. "auto": bfloat16 where this machine has products of it. Raises MotionError."""
    import torch

    if precision not in PRECISIONS:
        raise MotionError(f"precision {precision!r} is not one of {', '.join(PRECISIONS)}")
    fast = torch.cuda.is_available() or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if precision == "bf16" or (precision == "auto" and fast) else torch.float32


def cast(like: "torch.Tensor", bf16: bool) -> "torch.autocast":
    """Inside, products on `like`'s device run in bfloat16, or as they are written."""
    import torch

    return torch.autocast(_device(like), dtype=torch.bfloat16, enabled=bf16)


def form(like: "torch.Tensor") -> "torch.dtype":
    """The format that a product of `like` runs in where this is asked."""
    import torch

    device = _device(like)
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else like.dtype


def _device(like: "torch.Tensor") -> str:
    return "cpu" if like.is_meta else like.device.type  # tensors without numbers are as on a CPU
