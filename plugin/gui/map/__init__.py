"""What the panel does on the map canvas: tools, menu, highlights."""
