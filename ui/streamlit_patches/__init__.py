"""Patches of private Streamlit internals, each with the version it is written for."""
