# syntax=docker/dockerfile:1
# Three stages: packages, front-end files, and the image that runs: no compiler, no npm, no root.

FROM python:3.13-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_PYTHON_DOWNLOADS=never
WORKDIR /app
COPY config/bootstrap.lock config/bootstrap.lock
COPY deploy/requirements.lock deploy/requirements.lock
RUN python -m pip install --require-hashes --no-deps -r config/bootstrap.lock \
    && python -m venv --without-pip .venv \
    && uv pip install --no-cache --compile-bytecode --python .venv/bin/python --require-hashes -r deploy/requirements.lock

FROM node:22-bookworm-slim AS vendor
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM packages AS frontend
COPY --from=vendor /app/node_modules node_modules
COPY . .
# The same build as on a developer's machine; node_modules is there already, so npm is not called.
RUN .venv/bin/python -m config.frontend --with-modules

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="Plumbline" \
      org.opencontainers.image.description="The issue tracker whose rules hold"
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    PLUMBLINE_ENV=production \
    PLUMBLINE_HOST=0.0.0.0 \
    PLUMBLINE_DATA=/tmp/plumbline
RUN groupadd --gid 10001 plumbline \
    && useradd --uid 10001 --gid plumbline --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin plumbline
WORKDIR /app
COPY --from=packages /app/.venv .venv
COPY . .
COPY --from=frontend /app/build/static build/static
COPY --from=frontend /app/build/collected build/collected
RUN python -m compileall -q accounts chat config files issues notifications projects
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# In other containers of the same image: … processes worker, … processes beat, manage.py prepare.
CMD ["python", "-m", "config.stack.processes", "web"]
HEALTHCHECK --interval=10s --timeout=6s --start-period=20s --retries=3 CMD ["python", "-m", "config.stack.health"]
