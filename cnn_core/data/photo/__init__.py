"""Digits in photos and scans: from an image file to separate digits as ink."""
