"""Texts → vectors (W in the paper): sentence encoders, a lexical encoder, caching."""
