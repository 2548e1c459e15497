"""The Members tab: a published snapshot, who entered and left, exports; static members by hand."""
