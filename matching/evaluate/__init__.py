"""Compiled queries: small objects that look at the places of one document.

docs/queries.md says what they mean, ``matching.query.reference`` does the same slowly and plainly. Three questions
are asked, each only when it must be: is this met within a range; by which spans; and, when a query has met a
document, by which leaves. The last goes from the top down, each part being told which of its spans count.
"""
