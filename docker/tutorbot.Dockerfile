# The tutor, from the same hash lock as `make env`. Built from the repository's root:
#   docker build -f docker/tutorbot.Dockerfile -t tutorbot:local .
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /build
COPY requirements/tools.lock requirements/main.lock requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/tools.lock \
    && uv venv --python /usr/local/bin/python3 /opt/tutorbot \
    && uv pip sync --no-cache --require-hashes --compile-bytecode --python /opt/tutorbot/bin/python requirements/main.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY tutorbot/ tutorbot/
COPY affect/ affect/
COPY studies/ studies/
RUN uv pip install --no-cache --no-deps --no-build-isolation --compile-bytecode --python /opt/tutorbot/bin/python .

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 tutorbot \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/tutorbot --shell /usr/sbin/nologin tutorbot \
    && install --directory --owner=tutorbot --group=tutorbot /var/lib/tutorbot
COPY --from=build /opt/tutorbot /opt/tutorbot
COPY docker/healthy.py /opt/tutorbot/healthy.py
ENV PATH=/opt/tutorbot/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /var/lib/tutorbot
USER 10001:10001
VOLUME /var/lib/tutorbot
EXPOSE 8800
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "/opt/tutorbot/healthy.py", "http://127.0.0.1:8800/healthz"]
CMD ["tutorbot", "pilot"]
