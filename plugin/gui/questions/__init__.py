"""Questions to a study that is done: answers, link network."""
