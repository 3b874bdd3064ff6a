# One image, every role: `wastenot collect`, `wastenot analyse` ... See docker-compose.yml.

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /build

# What changes rarely comes first: the locked dependencies, then the tool that builds the wheel, then the wheel.
COPY requirements/runtime.txt requirements/build.txt requirements/
RUN python -m venv /opt/wastenot \
    && /opt/wastenot/bin/pip install --require-hashes --only-binary :all: --requirement requirements/runtime.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes --only-binary :all: --requirement requirements/build.txt

COPY pyproject.toml README.md LICENSE ./
COPY domain domain
COPY ingest ingest
COPY store store
COPY analytics analytics
COPY alerts alerts
COPY config config
COPY web web
COPY app app
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/wastenot/bin/pip install --no-deps --no-index dist/*.whl \
    && /opt/wastenot/bin/python -m compileall -q /opt/wastenot/lib


FROM python:3.11.14-slim-bookworm
ENV PATH=/opt/wastenot/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN groupadd --gid 10001 wastenot \
    && useradd --uid 10001 --gid wastenot --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin wastenot \
    && install -d -o wastenot -g wastenot -m 0750 /var/lib/wastenot \
    && install -d -m 0755 /etc/wastenot
COPY --from=build /opt/wastenot /opt/wastenot

# The settings file is looked for in the working directory; a volume at /var/lib/wastenot takes over its owner.
ENV WASTENOT_PLANT=/etc/wastenot/plant.toml WASTENOT_DATA_DIR=/var/lib/wastenot WASTENOT_HTTP__HOST=0.0.0.0
WORKDIR /etc/wastenot
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health', timeout=4)"]
ENTRYPOINT ["wastenot"]
CMD ["up"]
