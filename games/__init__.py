"""Games, one file each: rules, words, parameters, sources."""
