#!/usr/bin/env bash
# zones.sh OUTPUT [CLIP] [ZONES.toml] [options of `vs-lipsync dub`...]: a clip is analysed once, and dubbed by a file of zones.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
output=$1 clip=${2:-$here/../demo/footage.mp4} zones=${3:-$here/zones.toml}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
plan=${PLAN:-$folder/plan.json}
[ -e "$plan" ] || vs-lipsync plan "$clip" -o "$plan"
vs-lipsync dub "$clip" --zones "$zones" --plan "$plan" -o "$output" --overwrite "${@:4}"
