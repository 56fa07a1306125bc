"""The referee of the event stream, and what every engine must do."""
