"""Contents of the Learn page: articles, lessons and glossary, as data without TensorFlow."""
