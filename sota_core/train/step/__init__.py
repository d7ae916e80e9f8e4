"""What happens within a training step, so that a GPU never waits for the host. Imports fastai."""
