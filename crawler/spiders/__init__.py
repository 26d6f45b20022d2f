"""Scrapy spiders: ``scrapy list`` shows them, ``scrapy crawl`` runs them."""
