"""Floor 0: the words every other floor speaks. Imports nothing of the project."""
