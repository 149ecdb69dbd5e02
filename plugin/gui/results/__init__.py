"""The findings page: lists, cards, explanations."""
