"""CNN Lab: `streamlit run app.py`. The pages are chosen in ui/router.py; here is what lives as long as the server."""

from pathlib import Path

import streamlit as st

from ui.server import lifespan, routes, show_script_error
from ui.train.feed import feed_routes

app = st.App(
    Path(__file__).parent / "ui" / "router.py",
    lifespan=lifespan,
    routes=[*routes, *feed_routes],
    on_script_error=show_script_error,
)

if __name__ == "__main__":
    app.run()
