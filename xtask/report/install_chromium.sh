#!/usr/bin/env bash
# Installs Debian's Chromium for the checks of the report page, unless there is one.
set -euo pipefail

for browser in chromium chromium-browser google-chrome; do
    if command -v "$browser" >/dev/null; then
        exit 0
    fi
done
if ! command -v apt-get >/dev/null; then
    echo "no Chromium here, and no apt-get to install it with: put \`chromium\` on the path" >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "no Chromium here; to install it takes root: sudo apt-get install chromium" >&2
    exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install --yes --no-install-recommends chromium fonts-dejavu-core; } >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
