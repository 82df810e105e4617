"""A daemon operated: what people ask of it, carried out between two blocks."""
