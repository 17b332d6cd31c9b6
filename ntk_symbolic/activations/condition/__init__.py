"""The dual in a form that cancels nothing, proved equal to the derived one."""
