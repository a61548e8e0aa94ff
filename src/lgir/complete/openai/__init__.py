"""The way to any OpenAI-compatible server: bounded, adaptive, and wary of what it sends back."""
