"""Every YAML file of the user's, checked with file, line and column, turned into domain objects."""
