# The app, its dispatcher and, with --processes, its nginx: one container, since they know each other by process.
#   docker build -t sota-lab .                       for a CPU
#   docker build -t sota-lab --build-arg TORCH=cuda .  for an NVIDIA card (docker run --gpus all)
#   --build-arg PACKAGES="Authlib>=1.3.2"             for sign-in too (docs/hosting.md)
# As it stands it is a Hugging Face Docker Space, with deploy/huggingface/README.md in place of README.md.
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE}
ARG TORCH=cpu
ARG PACKAGES=

RUN apt-get update \
    && apt-get install -y --no-install-recommends nginx-light tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 lab \
    && install -d -o lab -g lab /data

WORKDIR /app
COPY requirements.txt requirements-postgres.txt ./
# torch's wheels from PyPI bring CUDA, 3 GB of it; a CPU needs the small ones, both from the same place.
RUN if [ "$TORCH" = cpu ]; then \
      grep -E '^(torch|torchvision)==' requirements.txt > /tmp/torch.txt \
      && pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu -r /tmp/torch.txt; \
    fi \
    && pip install --no-cache-dir -r requirements.txt -r requirements-postgres.txt $PACKAGES
COPY --chown=lab:lab . .

USER lab
ENV SOTA_HOME=/data/lab SOTA_DATA_DIR=/data/sets PYTHONUNBUFFERED=1 \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=20s --start-period=90s \
    CMD ["python", "-m", "sota_core", "ready", "--url", "http://127.0.0.1:7860"]
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "sota_core", "serve", "--address", "0.0.0.0", "--port", "7860"]
