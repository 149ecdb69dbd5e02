def itinerary_tables(study, evidence, tests, behind):
    return {}
