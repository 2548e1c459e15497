"""What a segment was: its versions, what differs between any two, and the way back to one."""
