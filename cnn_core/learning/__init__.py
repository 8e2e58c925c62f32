"""What the page Learn teaches with: articles, lessons and words, as data. No TensorFlow at import."""
