"""What words, numbers and quotations in a text message may mean: tables and pure steps, put together in `rollcall/inbound/reading.py`."""
