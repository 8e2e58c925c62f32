"""Kernels and what their filters respond to."""
