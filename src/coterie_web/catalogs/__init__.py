"""The engine of this process: the organization's catalog and its data, and the clock they are asked at."""
