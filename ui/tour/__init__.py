"""The guided tour: its slides, the hand that goes through them, and a page to leave behind."""
