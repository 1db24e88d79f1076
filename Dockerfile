# One image for every function; AIRLOCK_FUNCTION says which of them a service is.
#
#   docker build --build-arg BASE=MIRROR/python:3.11-slim@sha256:DIGEST --tag airlock .
#   docker run --read-only --tmpfs /tmp --env AIRLOCK_FUNCTION=validate --publish 8080:8080 airlock
#
# BASE is any Debian with Python 3.11: an installation names its own mirror and pins a digest.
ARG BASE=python:3.11-slim

# hadolint ignore=DL3006
FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
# The tools that install stay behind: /opt/airlock has no pip.
RUN python -m venv /opt/tools && python -m venv --without-pip /opt/airlock
COPY requirements/build.txt requirements/cloud.txt requirements/
RUN /opt/tools/bin/pip install --no-deps --require-hashes -r requirements/build.txt \
    && /opt/tools/bin/pip --python /opt/airlock/bin/python install --no-compile --no-deps --require-hashes \
       -r requirements/cloud.txt
COPY . .
RUN /opt/tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /opt/tools/wheels . \
    && /opt/tools/bin/pip --python /opt/airlock/bin/python install --no-compile --no-deps --no-index \
       /opt/tools/wheels/*.whl
# Without them each start compiles everything, and the file system is read-only: unchecked, they need no times of files.
RUN /opt/airlock/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/airlock/lib

# hadolint ignore=DL3006
FROM ${BASE}
# Give TESSERACT=1 to search pixels for text.
ARG TESSERACT=
# hadolint ignore=DL3008
RUN if [ -n "$TESSERACT" ]; then \
      apt-get update \
      && apt-get install --yes --no-install-recommends tesseract-ocr \
      && rm -rf /var/lib/apt/lists/*; \
    fi
# Official images come without the compiled standard library.
RUN python -m compileall -q --invalidation-mode unchecked-hash -x '/(site-packages|lib2to3/tests|test)/' \
    "$(python -c "import sysconfig; print(sysconfig.get_path('stdlib'))")"
COPY --from=build /opt/airlock /opt/airlock
ENV PATH=/opt/airlock/bin:$PATH HOME=/tmp HOST=0.0.0.0 PORT=8080 \
    AIRLOCK_RULESETS=/opt/airlock/lib/python3.11/site-packages/rulesets
WORKDIR /tmp
USER 65532:65532
EXPOSE 8080
# Nothing is imported from the working folder, which is the only place that can be written to.
ENTRYPOINT ["python", "-P", "-m", "functions.serve"]
