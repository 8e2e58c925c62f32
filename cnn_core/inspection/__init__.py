"""Looking into a trained model. Everything returns arrays and leaves the model untouched."""

from cnn_core.inspection.model.probe import LayerOutput, Probe, load_probe

__all__ = ["LayerOutput", "Probe", "load_probe"]
