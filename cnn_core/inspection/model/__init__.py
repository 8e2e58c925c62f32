"""A trained model opened for inspection: outputs of every layer, and its graph."""
