"""How well a player's next move is told from the past, and what that is worth.

Matches are rows: an array of moves has shape (matches, rounds), a move is the index of its action,
and -1 stands where there was no valid move or the match had ended. Whatever predicts is
prequential: round t is predicted from rounds before t of the same match only.
"""
