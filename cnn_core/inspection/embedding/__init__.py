"""Embeddings of many inputs in a plane."""
