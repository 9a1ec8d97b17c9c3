#!/usr/bin/env bash
# hdr_to_x265.sh SCRIPT.vpy OUTPUT [first frame] [last frame]: HDR10 to HEVC. y4m has no colour tags: FFmpeg is told what the frames are.
set -euo pipefail
script=$1 output=$2
range=(--start "${3:-0}")
[ -n "${4:-}" ] && range+=(--end "$4")
ffmpeg=${FFMPEG:-$(command -v ffmpeg || python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')}
tags=(-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -color_range tv)
vspipe -c y4m "${range[@]}" "$script" - |
  "$ffmpeg" -v error -y "${tags[@]}" -i - -c:v libx265 -preset "${PRESET:-medium}" -crf 16 -pix_fmt yuv420p10le "${tags[@]}" \
    -x265-params log-level=error:hdr10=1:repeat-headers=1 "$output"
