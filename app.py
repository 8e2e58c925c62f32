"""CNN Lab: `streamlit run app.py`. The pages are chosen in ui/router.py; here is what lives as long as the server."""

from pathlib import Path

import streamlit as st

from ui.routes import build_routes
from ui.server.protection import build_middleware
from ui.server.resources import lifespan, show_script_error

app = st.App(
    Path(__file__).parent / "ui" / "router.py",
    lifespan=lifespan,
    routes=build_routes(),
    middleware=build_middleware(),
    on_script_error=show_script_error,
)

if __name__ == "__main__":
    app.run()
