"""Definition + catalog + moment → leaves with absolute bounds, and an expression over them; what a backend has to do."""
