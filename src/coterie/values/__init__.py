"""How a single value is read and compared: text, numbers, days and instants, time zones."""
