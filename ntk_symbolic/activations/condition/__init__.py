"""The dual in a form without cancellation, proved equal to the derived one."""
