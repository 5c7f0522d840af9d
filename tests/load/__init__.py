"""How many people the server holds."""
