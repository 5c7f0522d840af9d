"""What the machine can do for a training."""

import ctypes
import sys
from pathlib import Path


def keep_freed_memory() -> None:
    """Have glibc keep freed memory for the next batch.

    Measured on two cores: giving back and asking anew for a batch's large arrays takes nearly half
    of an epoch. Does nothing on other systems.
    """
    try:
        library = ctypes.CDLL("libc.so.6")
        for option, value in ((-4, 0), (-1, 2**31 - 1), (-3, 1 << 30)):
            library.mallopt(option, value)
    except (OSError, AttributeError):
        return


def graphics_card() -> str | None:
    """The kind of card that JAX computes on, where this process has loaded JAX and there is one."""
    jax = sys.modules.get("jax")
    if jax is None:
        return None
    device = jax.devices()[0]
    return str(device.device_kind) if device.platform == "gpu" else None


def has_bfloat16() -> bool:
    """Whether what computes multiplies 16-bit brain floats itself: a graphics card, or a processor
    with AVX512-BF16."""
    if graphics_card() is not None:
        return True
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
