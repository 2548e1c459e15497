"""The General tab: what people say of a segment, beside who belongs."""
