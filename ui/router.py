"""The script behind every page: page config, navigation, then the page itself."""

import streamlit as st

from ui.components import ICON
from ui.learn.reading import render_way_back
from ui.server.resources import get_tensorflow
from ui.session.state import session
from ui.shared.language_choice import render_language_choice
from ui.shared.links import open_link, render_copy_link
from ui.shared.navigation import build_menu, run_page
from ui.shared.presence import render_presence
from ui.shared.watches import get_watches
from ui.text import text
from ui.text.language import settle_language

settle_language()
st.set_page_config(page_icon=str(ICON), layout="wide")  # before the menu, whose icons would come from a font server
navigation = st.navigation(build_menu())
session().enter(navigation.url_path)
st.set_page_config(page_title=text("nav.tab_title", page=navigation.title, app=text("nav.app")))
with get_watches().drawing(navigation.url_path):
    render_way_back(on_learn=navigation.url_path == "learn")
    render_language_choice()
    render_presence()
    open_link()
    run_page(navigation)
    render_copy_link(navigation.url_path or "home")
get_tensorflow().start()
