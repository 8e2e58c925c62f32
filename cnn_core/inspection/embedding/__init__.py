"""Many inputs as points in a plane."""
