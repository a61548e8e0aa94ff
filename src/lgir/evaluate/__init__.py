"""Floor 2: how good is a ranking? Metrics, the two protocols, comparison of models, reports."""
