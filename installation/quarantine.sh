#!/bin/sh
# The command `quarantine` of this installation: with its settings and secrets, and as its own user, whoever calls it.
# Written by `make install`.
set -eu
# What a caller has set for other programs must not choose what is run here.
unset PYTHONPATH PYTHONHOME || true
export QUARANTINE_SETTINGS='@CONFIGURATION@/settings.toml'
export QUARANTINE_DATA_FOLDER='@DATA@'
for file in '@CONFIGURATION@'/secrets/*; do
  [ -f "$file" ] || continue
  name=$(basename "$file" | tr '[:lower:]' '[:upper:]')
  export "QUARANTINE_${name}_FILE=$file"
done
# Files that only root may write are written as root; all else never is.
if [ "$(id -u)" = 0 ] && [ '@USER@' != root ] && [ "${1:-}" != service ]; then
  cd '@DATA@'
  exec setpriv --reuid '@USER@' --regid '@USER@' --init-groups -- '@PREFIX@/venv/bin/quarantine' "$@"
fi
exec '@PREFIX@/venv/bin/quarantine' "$@"
