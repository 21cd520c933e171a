#!/usr/bin/env bash
# Start Rasa in a container: train the model if the dialogue project has changed, then serve it.
#   RASA_TOKEN, TUTOR_URL, TUTOR_TOKEN  must be set (endpoints.yml and credentials.yml name the last two)
#   RASA_ENV, RASA_MODELS, RASA_PORT    where the environment is, where the model is kept, the port
set -euo pipefail
cd "$(dirname "$0")/.."
for name in RASA_TOKEN TUTOR_URL TUTOR_TOKEN; do
    if [[ -z ${!name:-} ]]; then
        echo "$name is not set; Rasa is not started without it. See docker-compose.yml." >&2
        exit 2
    fi
done
python=$(realpath -s "${RASA_ENV:-/opt/rasa}")/bin/python
models=$(realpath -m "${RASA_MODELS:-/var/lib/rasa/models}")
scripts/train_model.sh "${RASA_ENV:-/opt/rasa}" dialogue "$models"
export RASA_TELEMETRY_ENABLED=false LOG_LEVEL=WARNING SANIC_WORKERS=1 TF_CPP_MIN_LOG_LEVEL=3 SQLALCHEMY_SILENCE_UBER_WARNING=1
cd dialogue
# The token is taken from the environment, so that no list of processes shows it. Every interface of the
# container is listened on; the network it lies in is an internal one and no port is published. Quiet, so
# that no learner's words stand in a log; one worker, because of the lock store (docs/dialogue.md).
exec "$python" -c '
import os, sys
sys.argv = ["rasa", *sys.argv[1:], "--auth-token=" + os.environ["RASA_TOKEN"]]
from rasa.__main__ import main
main()
' run --quiet --enable-api --interface 0.0.0.0 --port "${RASA_PORT:-5005}" --model "$models/tutor.tar.gz" \
    --endpoints endpoints.yml --credentials credentials.yml
