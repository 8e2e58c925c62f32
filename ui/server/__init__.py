"""What lives as long as the server: resources, routes and TensorFlow's import."""
