"""What people see and answer: the terminal, tables and JSON, plans, the picker, browsers."""
