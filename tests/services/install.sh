#!/bin/sh
# Install Debian packages that some tests need: quietly where we may, else say what is missing.
# usage: install.sh PACKAGE…   (always ends well: the tests themselves say what they lack)
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "Some tests need these programs: $*. On Debian or Ubuntu: sudo apt-get install $*"
  exit 0
fi
echo "Installing for the tests: $* …"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null 2>&1
apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 || echo "could not install $*"
