"""How Sphinx makes a site of the pages here; `make docs` runs it, and a warning is an error."""

project = "Folkbench"
author = "The Folkbench developers"
extensions = ["myst_parser"]
myst_heading_anchors = 3  # links to headings, as GitHub makes them
highlight_language = "text"
html_theme = "furo"
html_title = "Folkbench"
html_static_path = ["site"]
html_css_files = ["site.css"]
html_show_copyright = False
html_copy_source = False
