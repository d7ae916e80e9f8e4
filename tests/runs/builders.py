"""Small values the store's tests are made of."""

ME = {"pid": 7, "birth": "boot:1", "host": "here"}


def batch(seq, **payload):
    return {"kind": "batch", "seq": seq, "t": 1000.0 + seq, "step": seq, **payload}


def epoch(seq, accuracy=0.5):
    return {
        "kind": "epoch", "seq": seq, "t": 1000.0 + seq, "accuracy": accuracy, "seconds": 2.0,
        "n_valid": 10, "images_per_s": 5.0,
    }  # fmt: skip
