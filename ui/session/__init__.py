"""Session state: one typed object behind `st.session_state`."""
