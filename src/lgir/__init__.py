"""LGIR: LLM-based GANs Interactive Recommendation (AAAI-24), for people whose résumés say too little."""

__version__ = "0.1.0"
