# The daemon as an image: docker build -t claimwatch . ; docker run --rm -v claimwatch:/var/lib/claimwatch claimwatch
# Two stages: the second has the installed program and no build tools of ours.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/claimwatch
WORKDIR /src
COPY requirements.lock ./
RUN /opt/claimwatch/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY domain domain
COPY crawler crawler
COPY matching matching
COPY scheduler scheduler
COPY storage storage
COPY alerts alerts
COPY claimwatch claimwatch
RUN /opt/claimwatch/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/claimwatch --create-home --shell /usr/sbin/nologin claimwatch
COPY --from=build /opt/claimwatch /opt/claimwatch
ENV PATH=/opt/claimwatch/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Without a config the SQLite file lies in ./var, so in the volume.
WORKDIR /var/lib/claimwatch
VOLUME /var/lib/claimwatch
USER claimwatch
# The daemon lets running jobs finish for 25 seconds; give `docker stop` more than that.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 CMD ["claimwatch", "health", "--alive"]
ENTRYPOINT ["claimwatch"]
CMD ["run"]
