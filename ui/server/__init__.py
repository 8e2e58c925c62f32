"""Server-wide resources, routes, and the import of TensorFlow."""
