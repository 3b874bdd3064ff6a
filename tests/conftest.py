"""Every test runs with the linear algebra the product runs with: results are equal to the last bit."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as app.cli does; read when numpy is imported
