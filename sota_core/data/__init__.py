"""Floor 2: bytes become arrays: data sets, pictures, caches, loaders. No training, no screen."""
