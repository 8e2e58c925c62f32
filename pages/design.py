"""Design: the layers of a network, with what each costs."""

from ui.design.designer import render_designer

render_designer()
