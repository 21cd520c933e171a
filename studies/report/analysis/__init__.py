"""The numbers of a report, from tables to tables: pandas, SciPy and statsmodels, and nothing of the tutor's.

A report takes a copy of this folder along, so that its notebook needs nothing else of this project.
"""
