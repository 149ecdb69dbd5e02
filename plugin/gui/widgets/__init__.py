"""Parts that every page is made of: colors, messages, charts, inputs."""
