"""Normalization: each channel's statistics, scaling to mean 0 and standard deviation 1, and undoing it.

Not here: where the statistics come from (data) and where they are kept (the exported model).
"""

from collections.abc import Sequence

from sota_core.errors import RangeError, ShapeError
from sota_core.functional._arrays import Array, array_namespace, as_array, as_float, as_like, require_shape

Stats = tuple[Sequence[float], Sequence[float]]  # mean and standard deviation of each channel, of pixels in [0, 1]
# Of the ImageNet training pictures in [0, 1], RGB; torchvision's model documentation, fastai's imagenet_stats.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def channel_stats(x: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of each channel over all pictures and pixels.

    std is the population's, mean((x − m)²)**½: divided by the number of pixels, not by one less.

    Shapes
        x        (B, C, H, W)  any range; not modified
        returns  (C,), (C,)    mean, std

    Raises
        ShapeError  x is not (B, C, H, W), or holds no pixel.

    Source
        fastbook ch. 7, "Normalization". fastai's Normalize without statistics takes one batch's
        *sample* std + 1e-7; on a real batch the two agree to about seven digits.

    >>> mean, std = channel_stats([[[[0., 2.]]]])
    >>> mean.tolist(), std.tolist()
    ([1.0], [1.0])
    """
    x = as_float("channel_stats", "x", x)
    require_shape("channel_stats", "x", x, "B C H W")
    if 0 in x.shape:
        raise ShapeError(f"channel_stats: x must hold at least one pixel, got shape {tuple(int(n) for n in x.shape)}")
    mean = _channel_mean(x)
    return mean, _channel_mean((x - mean[:, None, None]) ** 2) ** 0.5


def normalize(x: Array, mean: Array, std: Array) -> Array:
    """Subtract each channel's mean and divide by its standard deviation: (x − mean) / std.

    Shapes
        x          (B, C, H, W) or (C, H, W)  in the range the statistics were taken in; not modified
        mean, std  (C,)                       std > 0
        returns    as x

    Raises
        ShapeError  x has no channel axis, mean or std is not (C,).
        RangeError  some std is not positive and finite, or some mean not finite.

    Source
        fastbook ch. 7, "Normalization"; fastai's Normalize.encodes.

    >>> normalize([[[0., 4.]]], [2.], [2.]).tolist()
    [[[-1.0, 1.0]]]
    """
    x, mean, std = _with_stats("normalize", x, mean, std)
    return (x - mean) / std


def denormalize(x: Array, mean: Array, std: Array) -> Array:
    """Undo normalize: x · std + mean, so that a batch can be shown as pictures.

    Shapes
        x          (B, C, H, W) or (C, H, W)  normalized; not modified
        mean, std  (C,)                       std > 0
        returns    as x

    Raises
        ShapeError  x has no channel axis, mean or std is not (C,).
        RangeError  some std is not positive and finite, or some mean not finite.

    Source
        fastai's Normalize.decodes.

    >>> denormalize([[[-1., 1.]]], [2.], [2.]).tolist()
    [[[0.0, 4.0]]]
    """
    x, mean, std = _with_stats("denormalize", x, mean, std)
    return x * std + mean


def _channel_mean(x: Array) -> Array:
    # The mean of equal groups' means is the mean of all; so float32 sums stay short, however large the batch.
    xp = array_namespace(x)
    return xp.mean(xp.mean(x, axis=(2, 3)), axis=0)


def _with_stats(function: str, x: Array, mean: Array, std: Array) -> tuple[Array, Array, Array]:
    x = as_float(function, "x", x)
    require_shape(function, "x", x, "… C H W")
    return x, *(_stat(function, name, value, x) for name, value in (("mean", mean), ("std", std)))


def _stat(function: str, name: str, value: Array, x: Array) -> Array:
    value, n_channels = as_array(function, name, value), int(x.shape[-3])
    is_last = n_channels not in (1, 3) and value.shape == (x.shape[-1],)
    hint = "x with its channels first, (…, C, H, W)" if is_last else None
    require_shape(function, name, value, "C", hint=hint, C=n_channels)
    value = as_like(function, name, value, x, x.dtype)
    xp = array_namespace(x)
    is_bad = ~xp.isfinite(value) if name == "mean" else ~(xp.isfinite(value) & (value > 0))
    if bool(xp.any(is_bad)):
        channel = int(xp.argmax(xp.astype(is_bad, xp.int8)))
        wanted = "finite" if name == "mean" else "> 0 and finite"
        cause = "" if name == "mean" else "; a channel of one single value has no spread to divide by"
        raise RangeError(
            f"{function}: {name} must be {wanted}, got {value[channel].item():g} in channel {channel}{cause}"
        )
    return value[:, None, None]  # (C, 1, 1)
