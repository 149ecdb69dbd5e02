"""The panel and all that opens from it.

The packages, from the ground up: one may import those above it. No `__init__` here imports anything, because
`plugin.py` looks for missing packages from here before there is a panel; modules are imported by their own names.
`tests/rules/test_gui_packages.py` reads the list and holds imports against it.

widgets: parts that every page is made of: colors, texts, messages, labels, buttons, charts, inputs
map: what the panel does on the map canvas: tools, menu, highlights
results: the findings page: lists, cards, explanations
place: the place page: what is known of one spot or area, and where its visitors were
behaviors: choosing and making behaviors
signatures: learning signatures and looking for them
study: the study page: inputs, key dates, settings, run, record
questions: questions to a study that is done: answers, link network
analyses_menu: the button with the algorithms of the provider
map_links: what joins lists, cards and map: highlight, selection, flows
panel_actions: what is asked of the panel: run, load, export, record
panel: layout and pages
install_command: the one command that installs what is missing on this system
requirements: which packages are missing, or too old, and what is said of it
requirements_panel: what stands in the panel's place then

Widgets are named by `widgets.form_parts.named`: `sitelight_` and what they are, each name once in the panel.
"""
