"""A trust model fitted to people's answers, and judged on people it has not seen."""
