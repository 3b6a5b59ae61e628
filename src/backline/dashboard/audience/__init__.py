"""The Audience tab: who opened the pages, where they came from, and all of it to take along."""
