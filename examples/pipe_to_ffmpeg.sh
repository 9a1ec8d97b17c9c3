#!/usr/bin/env bash
# pipe_to_ffmpeg.sh SCRIPT.vpy DUB OUTPUT [first frame] [last frame]: a script's frames and a dub, encoded by FFmpeg with libx264.
set -euo pipefail
script=$1 dub=$2 output=$3
range=(--start "${4:-0}")
[ -n "${5:-}" ] && range+=(--end "$5")
ffmpeg=${FFMPEG:-$(command -v ffmpeg || python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')}
vspipe -c y4m "${range[@]}" "$script" - |
  "$ffmpeg" -v error -y -i - -i "$dub" -map 0:v -map 1:a -c:v libx264 -crf 16 -c:a aac -shortest "$output"
