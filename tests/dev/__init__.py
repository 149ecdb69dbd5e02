"""Tools of development: set-up, package, styles, documents."""
