#!/usr/bin/env bash
# pieces.sh SCRIPT.vpy OUTPUT PIECES [frames]: as Av1an does it, pieces of a script are encoded by processes side by side, and joined.
# Frame n is the same bytes in every piece, so that the result is that of one process.
set -euo pipefail
script=$1 output=$2 pieces=$3
frames=${4:-$(vspipe --info "$script" | sed -n 's/^Frames: //p')}
ffmpeg=${FFMPEG:-$(command -v ffmpeg || python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
jobs=()
for ((i = 0; i < pieces; i++)); do
  first=$((frames * i / pieces)) last=$((frames * (i + 1) / pieces - 1))
  echo "file '$i.mkv'" >>"$folder/list.txt"
  vspipe -c y4m --start $first --end $last "$script" - | "$ffmpeg" -v error -i - -c:v ffv1 "$folder/$i.mkv" &
  jobs+=($!)
done
for job in "${jobs[@]}"; do
  wait "$job" # and stop if a piece has failed
done
"$ffmpeg" -v error -y -f concat -i "$folder/list.txt" -c copy "$output"
