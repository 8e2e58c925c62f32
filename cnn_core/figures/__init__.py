"""Records and arrays → Plotly figures, and the palette they share. Never a model."""
