"""Jobs: one act upon many people, begun by an administrator and done in the background, some people at a time.

A job is a row with its selection and how far it has come. Whatever is done to people and the place that was reached are written by one
transaction, so that a process that is killed loses nothing and nobody is done twice.
"""
