"""What one visitor has chosen: the one typed object behind `st.session_state`."""
