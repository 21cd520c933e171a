# Rasa and the dialogue project, from the same hash lock as `make env-rasa`. Built from the repository's root:
#   docker build -f docker/rasa.Dockerfile -t tutorbot-rasa:local .
# x86_64 only: tensorflow-cpu 2.12 has no arm64 wheel.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /build
COPY requirements/tools.lock requirements/
COPY dialogue/requirements/ dialogue/requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/tools.lock \
    && uv venv --python /usr/local/bin/python3 /opt/rasa \
    && uv pip install --no-cache --no-deps --require-hashes --compile-bytecode --python /opt/rasa/bin/python \
        --build-constraints dialogue/requirements/build.lock -r dialogue/requirements/rasa.lock

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10002 rasa \
    && useradd --uid 10002 --gid 10002 --no-create-home --home-dir /var/lib/rasa --shell /usr/sbin/nologin rasa \
    && install --directory --owner=rasa --group=rasa /var/lib/rasa/models
COPY --from=build /opt/rasa /opt/rasa
WORKDIR /srv
COPY scripts/train_model.sh scripts/model_key.py scripts/
COPY docker/rasa-entry.sh docker/healthy.py docker/
COPY dialogue/ dialogue/
# Nothing is reported to anyone; what Rasa keeps for itself goes where a read-only image lets it.
ENV RASA_TELEMETRY_ENABLED=false RASA_CACHE_DIRECTORY=/tmp/rasa-cache MPLCONFIGDIR=/tmp/matplotlib HOME=/tmp \
    PYTHONUNBUFFERED=1
USER 10002:10002
VOLUME /var/lib/rasa/models
EXPOSE 5005
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s --retries=3 \
    CMD ["/opt/rasa/bin/python", "docker/healthy.py", "http://127.0.0.1:5005/status", "RASA_TOKEN"]
CMD ["docker/rasa-entry.sh"]
