"""Who may what under /admin: permissions by name, roles as sets of them, and the table of who has which role until when.

`permissions` is data, `holding` reads what somebody has, `granting` gives and takes. Nobody gives what they do not have, and an owner
always remains.
"""
