"""Analysis: studies made of run folders and of anybody's tables, and what families find in them."""
