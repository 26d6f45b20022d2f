"""Gets bytes from the web politely and safely, and reads them; knows Scrapy and the parsers, and only `domain`."""
