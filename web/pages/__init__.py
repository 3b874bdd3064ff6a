"""The pages: each module makes its rows for `web.site.build` from the functions it is given."""
