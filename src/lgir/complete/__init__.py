"""Floor 2: résumé completion (paper eq. 1, 2): prompts, the two back ends, grounding, caching."""
