"""All that is about movies."""
