"""The script behind every page: page config, navigation, then the page itself."""

from pathlib import Path

import streamlit as st

from ui.server import get_tensorflow
from ui.text import text

PAGES_DIR = Path(__file__).parents[1] / "pages"


def page(name: str, icon: str, default: bool = False) -> object:
    return st.Page(
        PAGES_DIR / f"{name}.py",
        title=text(f"nav.{name}"),
        icon=f":material/{icon}:",
        default=default,
        help=text(f"nav.{name}_help"),
    )


st.set_page_config(page_title=text("nav.app"), page_icon=":material/grid_view:", layout="wide")
navigation = st.navigation(
    {
        text("nav.start"): [page("home", "home", default=True)],
        text("nav.build"): [page("design", "account_tree"), page("train", "model_training")],
        text("nav.understand"): [page("draw", "draw"), page("layers", "layers")],
        text("nav.compare_section"): [page("compare", "compare_arrows"), page("runs", "list")],
    }
)
navigation.run()
get_tensorflow().start()
