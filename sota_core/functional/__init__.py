"""Floor 0, the maths of the chapter: arrays in, arrays out. One function body serves NumPy and torch.

No I/O, no clock, no hidden randomness, no torch import; nothing is modified in place.

Axes: B pictures, C channels, H height, W width, N classes, V views.
A result has its input's kind (NumPy or torch), device and floating-point type; whole numbers are
computed as floats. A function's first array decides the kind; its other arrays (λ, partners, labels,
statistics) may also be NumPy or plain lists.
"""
