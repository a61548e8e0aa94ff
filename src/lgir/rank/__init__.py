"""Floor 1: the best k of many, exactly. Knows vectors and scores, no models."""
