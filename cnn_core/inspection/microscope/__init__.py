"""The arithmetic behind one value, and which values it depends on."""
