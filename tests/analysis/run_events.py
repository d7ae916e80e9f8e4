"""Events of one small run, as a worker would write them."""

from sota_core.train import events as make


def run_events(n_epochs: int = 3, per_epoch: int = 10, views: int = 4) -> list[dict]:
    """A run of `n_epochs` whose loss falls and whose accuracy rises, followed by `views` TTA passes."""
    total = n_epochs * per_epoch
    written = [
        make.log("Building the cache.", stage="cache", done=10, total=20),
        make.started(
            device="CPU, 2 threads",
            precision="fp32",
            versions={"fastai": "2.8.12"},
            n_train=640,
            n_valid=200,
            total_steps=total,
            recipe={},
        ),
    ]
    for step in range(1, total + 1):
        loss = 2.4 - 1.5 * step / total
        written.append(
            make.batch(
                step=step,
                total_steps=total,
                phase=0,
                loss=loss + 0.1,
                smooth_loss=loss,
                lr=3e-3 * step / total,
                mom=0.9,
            )
        )
        if step % per_epoch == 0:
            i = step // per_epoch
            written.append(
                make.epoch(
                    phase=0,
                    stage="main",
                    epoch=i - 1,
                    step=step,
                    train_loss=loss,
                    valid_loss=loss + 0.05,
                    valid_ce=loss + 0.05,
                    accuracy=0.3 + 0.1 * i,
                    seconds=61.4,
                    images_per_s=320.0,
                    n_valid=200,
                )
            )
    last = 0.3 + 0.1 * n_epochs
    written += [make.tta_pass(k=k, n=200, accuracy=last + 0.005 * k, view_accuracy=last) for k in range(views + 1)]
    return [event | {"attempt": 1, "seq": i, "t": 1000.0 + i} for i, event in enumerate(written)]
