"""The report of a study: what its log says, as tables, pictures, a page, a PDF and a notebook."""
