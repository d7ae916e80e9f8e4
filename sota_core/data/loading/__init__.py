"""From pictures to batches: the cache, augmentation, and the loaders a worker trains from."""
