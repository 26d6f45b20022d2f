"""One module a kind of source: bytes in, a FeedDocument out; all of it is sync and picklable."""
