"""The Definition tab: a draft's tree, edited step by step, with exact counts."""
