"""What an expression can return: labels, values and emptiness, followed through every operator."""
