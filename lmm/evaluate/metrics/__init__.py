"""One metric a file: pure functions over arrays, in metres and seconds at any frame rate, each citing its definition."""
