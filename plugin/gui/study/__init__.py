"""The study page: inputs, key dates, settings, run, record."""
