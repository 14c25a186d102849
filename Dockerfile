# remediad with the server of its embedded store, for an unprivileged user and a read-only root.
#   docker build -t remediad:0.1.0 .
# Process 1 is remediad itself: it takes SIGTERM, ends in order and starts nothing that it does not end.

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# As in scripts/setup.sh: versions and hashes come from the lock file, which stays as it is.
RUN npm install --no-save --no-fund --no-audit --loglevel=error
COPY . .
RUN scripts/image/tree.sh /tree

FROM debian:bookworm-slim
# Node comes with the tree, as the tests know it. util-linux (flock, setpriv), which the embedded store uses, is part of Debian.
RUN apt-get update \
  && apt-get install -y --no-install-recommends redis-server \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o 65532 -g 65532 -m 700 /var/lib/remediad
COPY --from=build /tree /opt/remediad

ARG REVISION=unknown
LABEL org.opencontainers.image.title="remediad" \
  org.opencontainers.image.description="Alertmanager fires; remediad fixes it, proves that it is fixed, or wakes a human with the evidence." \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.revision="$REVISION"

ENV PATH=/opt/remediad/bin:$PATH \
  REMEDIAD_STORAGE_PATH=/var/lib/remediad
# A number, so that Kubernetes can tell that it is not root.
USER 65532:65532
WORKDIR /var/lib/remediad
EXPOSE 8484
ENTRYPOINT ["remediad"]
CMD ["serve"]
