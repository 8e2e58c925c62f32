"""Handwritten digits from strokes: examples, and synthetic samples for training."""
