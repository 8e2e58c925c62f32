"""Loss, gradients and one update for a single input."""
