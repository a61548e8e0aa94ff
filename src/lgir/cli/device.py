"""The device a user names."""

from lgir.core.errors import BadConfig


def usable_device(name: str) -> str:
    """The name itself, once it is sure that torch can use the device.

    Raises:
        BadConfig: there is no such device on this machine.
    """
    import torch

    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError, NotImplementedError):
        # torch says it in many ways, by version and build
        raise BadConfig(f"torch cannot use the device {name!r} on this machine; --device cpu always works") from None
    return name
