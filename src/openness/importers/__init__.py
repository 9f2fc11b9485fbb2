"""Importers: upstream data sets, each from its own layout, into one named graph each.

A source is a module here with `SOURCE` and `read(path, job)`; :mod:`openness.importers.registry`
lists them. What every importer needs (names to ids, assertions, the report) is the
:class:`~openness.importers.job.Job`.
"""
