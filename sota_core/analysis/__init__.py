"""Floor 4: what runs say: their series, results, noise, verdicts and comparisons. Numbers and words, no drawing."""
