"""Floor 5: what runs say: their series, results, noise, verdicts and comparisons. Numbers and words, no drawing."""
