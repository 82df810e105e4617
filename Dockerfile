# lrcontrol as an image: `docker build --build-arg REVISION=$(git rev-parse HEAD) -t lrcontrol .`, then
#
#   docker run --name lrcontrol --read-only --cap-drop ALL --security-opt no-new-privileges \
#     -v ./lrcontrol.yaml:/etc/lrcontrol/lrcontrol.yaml:ro -v lrcontrol:/var/lib/lrcontrol lrcontrol
#
# with `checkpoint: {dir: /var/lib/lrcontrol/state}` in the file. Nothing outside /var/lib/lrcontrol
# is written to, so the root can be read-only; compiled kernels are kept there too. The daemon
# listens on loopback unless it is told otherwise, and then wants tokens and TLS (docs/security.md):
# whatever scrapes it shares its network (--network container:lrcontrol, a sidecar, --network host),
# or asks an address in http.listen. Orders: `docker exec lrcontrol lrcontrol explain`, and the like;
# a changed file is taken over after `docker kill --signal HUP lrcontrol`.
#
# The tags below name a release, not bytes. Pin them by digest (python:...@sha256:...) where the
# build has a registry to look it up in.

FROM python:3.11.14-slim-bookworm AS build

WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY lrcontrol ./lrcontrol
RUN --mount=type=cache,target=/root/.cache/pip pip wheel --wheel-dir /wheels ".[fast]"


FROM python:3.11.14-slim-bookworm

# Checked against the package by a test, so that it cannot be forgotten.
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="lrcontrol" \
      org.opencontainers.image.base.name="docker.io/library/python:3.11.14-slim-bookworm" \
      org.opencontainers.image.description="River models whose learning rate is a controlled gain" \
      org.opencontainers.image.licenses="BSD-3-Clause" \
      org.opencontainers.image.vendor="The lrcontrol developers" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# tini is PID 1: the kernel drops a SIGTERM to a PID 1 that has not installed its handler yet.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends "tini=0.19.0-1*" \
 && rm -rf /var/lib/apt/lists/*

# The number, because Kubernetes can check a number (runAsNonRoot) and not a name.
RUN groupadd --gid 65532 lrcontrol \
 && useradd --uid 65532 --gid 65532 --home-dir /var/lib/lrcontrol --no-create-home \
      --shell /usr/sbin/nologin lrcontrol \
 && install --directory --owner=65532 --group=65532 --mode=0700 /var/lib/lrcontrol

# Compiled now, because a read-only root cannot keep what Python compiles later.
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --compile --no-index --find-links=/wheels "lrcontrol[fast]==${VERSION}"

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/var/lib/lrcontrol

USER 65532:65532
WORKDIR /var/lib/lrcontrol
VOLUME ["/var/lib/lrcontrol"]
EXPOSE 9477
STOPSIGNAL SIGTERM

# Live means that the loop turned lately. Where it does not listen on 127.0.0.1:9477, LRCONTROL_URL
# says where. Every half minute, because each look starts a Python, most of a second of work; and not
# counted at first, when kernels are compiled.
HEALTHCHECK --interval=30s --timeout=10s --start-period=5m --retries=3 \
  CMD ["lrcontrol", "status", "--health"]

ENTRYPOINT ["tini", "--", "lrcontrol"]
CMD ["run", "/etc/lrcontrol/lrcontrol.yaml"]
