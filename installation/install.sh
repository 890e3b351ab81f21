#!/bin/bash
# What `make install` does, with the variables that the Makefile hands over. Run again, it changes what is older and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
for path in "$PREFIX" "$DATA" "$CONFIGURATION" "$COMMANDS"; do
  [[ $path =~ ^/[A-Za-z0-9_./-]+$ ]] || { echo "make install: $path must be a whole path of letters, digits, dots, dashes and slashes." >&2; exit 2; }
done
[[ $SERVICE_USER =~ ^[a-z_][a-z0-9_-]*$ ]] || { echo "make install: $SERVICE_USER cannot be the name of a system user." >&2; exit 2; }
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 is needed: apt-get install python3.11" >&2; exit 1; }

owner=""
if ! id "$SERVICE_USER" >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ]; then
    echo "Making the system user $SERVICE_USER"
    useradd --system --user-group --no-create-home --home-dir "$DATA" --shell /usr/sbin/nologin "$SERVICE_USER"
  else
    echo "make install: there is no user $SERVICE_USER. Run this as root, or name your own: SERVICE_USER=$(id -un)" >&2
    exit 1
  fi
fi
[ "$(id -u)" = 0 ] && owner="$SERVICE_USER"

echo "Installing into $PREFIX"
install -d -m 755 "$PREFIX" "$COMMANDS"
python="$PREFIX/venv/bin/python"
if [ ! -x "$python" ]; then
  "$PYTHON" -m venv $([ -z "$PACKAGES_OF" ] || echo --without-pip) "$PREFIX/venv"
fi
pip=("$python" -m pip install --quiet --disable-pip-version-check --no-deps)
if [ -n "$PACKAGES_OF" ]; then
  "$PACKAGES_OF/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' >"$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/packages.pth"
else
  "${pip[@]}" --require-hashes -r requirements.lock
fi
# Built from a copy: what an earlier build left behind in the source must not come along.
source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT
cp -r monitor cameras rollcall web setup.cfg pyproject.toml README.md LICENSE NOTICE "$source"
find "$source" -name __pycache__ -prune -exec rm -rf {} +
"$python" -c 'import sys; from babel.messages.frontend import main; sys.exit(main())' -q compile -d "$source/monitor/translations"
"${pip[@]}" --no-build-isolation --force-reinstall "$source"

install -d -m 700 ${owner:+-o "$owner" -g "$owner"} "$DATA"
install -d -m 750 ${owner:+-g "$owner"} "$CONFIGURATION"
install -d -m 750 ${owner:+-g "$owner"} "$CONFIGURATION/secrets"
# Readable by the service, writable by root alone; those that an administrator added since too.
[ -e "$CONFIGURATION/settings.toml" ] || cp installation/settings.toml "$CONFIGURATION/settings.toml"
for file in "$CONFIGURATION/settings.toml" "$CONFIGURATION"/secrets/*; do
  [ -f "$file" ] || continue
  [ -z "$owner" ] || chown "root:$owner" "$file"
  chmod 640 "$file"
done
sed -e "s|@PREFIX@|$PREFIX|g" -e "s|@DATA@|$DATA|g" -e "s|@CONFIGURATION@|$CONFIGURATION|g" -e "s|@USER@|$SERVICE_USER|g" \
  installation/quarantine.sh >"$COMMANDS/.quarantine.new"
chmod 755 "$COMMANDS/.quarantine.new"
mv "$COMMANDS/.quarantine.new" "$COMMANDS/quarantine"

echo "Installed: $("$COMMANDS/quarantine" --version). The command is $COMMANDS/quarantine."
echo "Settings: $CONFIGURATION/settings.toml; secrets, one file each: $CONFIGURATION/secrets. Data: $DATA"
echo "Next:"
echo "  quarantine upgrade            # makes the database, or brings it to this version, with a backup first"
echo "  quarantine user first         # the link of the first administrator"
echo "  quarantine service install    # units for systemd"
