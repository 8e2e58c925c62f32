"""The script behind every page: page config, navigation, then the page itself."""

import streamlit as st

from ui.navigation import build_page
from ui.server import get_tensorflow
from ui.text import text

st.set_page_config(page_title=text("nav.app"), page_icon=":material/grid_view:", layout="wide")
navigation = st.navigation(
    {
        text("nav.start"): [build_page("home")],
        text("nav.build"): [build_page("design"), build_page("train")],
        text("nav.understand"): [build_page("draw"), build_page("layers")],
        text("nav.compare_section"): [build_page("compare"), build_page("runs")],
    }
)
navigation.run()
get_tensorflow().start()
