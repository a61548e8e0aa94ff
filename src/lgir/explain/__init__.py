"""Floor 2: what moved a score, and the sentence that says so."""
