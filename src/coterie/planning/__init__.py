"""Definition + catalog + moment → leaves with absolute bounds, an expression over them, and what runs them."""
