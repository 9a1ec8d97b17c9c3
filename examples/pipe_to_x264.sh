#!/usr/bin/env bash
# pipe_to_x264.sh SCRIPT.vpy OUTPUT.264 [first frame] [last frame]: a script's frames, encoded by x264; COLOURS are the clip's colour tags.
set -euo pipefail
script=$1 output=$2
range=(--start "${3:-0}")
[ -n "${4:-}" ] && range+=(--end "$4")
read -ra colours <<<"${COLOURS:---colormatrix bt709 --colorprim bt709 --transfer bt709}"
vspipe -c y4m "${range[@]}" "$script" - |
  "${X264:-x264}" --quiet --demuxer y4m --crf 16 "${colours[@]}" -o "$output" -
