"""What CNN Lab is measured against."""
