"""How predictions change under distortions, adversarial perturbations and unfamiliar inputs."""
