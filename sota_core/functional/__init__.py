"""Floor 0, the maths of the chapter: arrays in, arrays out, NumPy and torch with one body.

No I/O, no clock, no hidden randomness, no torch import; nothing is modified in place.

Axes: B pictures, C channels, H height, W width, N classes, V views.
An array keeps its kind, device and floating-point type; whole numbers are computed as floats.
The first array decides the kind; what goes with it (λ, partners, labels, statistics) may also be
NumPy or a plain list.
"""
