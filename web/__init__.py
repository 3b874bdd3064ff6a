"""The pages and the HTTP API.

`web.site.build` makes the application from what `app` hands it: functions that answer questions about the
plant, and the list of pages. Every page and every endpoint is a row that names the right it takes.
Server-drawn HTML; htmx and uPlot are served from here, nothing is fetched from anywhere else.
"""
