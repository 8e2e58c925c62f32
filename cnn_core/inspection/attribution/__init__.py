"""Which pixels matter for a class score."""
