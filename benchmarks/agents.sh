#!/bin/sh
# Builds the product, its image and the benchmarks, measures how fast agents come up in containers and what they need,
# beside a `python3 -m http.server` under the same limits, and writes results/DATE-agents.md. Ten minutes; --quick takes
# three and writes to target/ instead. Every container it starts is removed again.
set -eu
cd "$(dirname "$0")"
root=$(cd .. && pwd)

for flag in "$@"; do
  case $flag in
    --quick) ;;
    *) echo "usage: agents.sh [--quick]" >&2; exit 2 ;;
  esac
done

missing=
for tool in mvn docker; do
  command -v "$tool" >/dev/null || missing="$missing $tool"
done
if [ -n "$missing" ]; then
  echo "agents.sh: missing:$missing (Debian: apt-get install maven docker.io)" >&2
  exit 3
fi
docker info >/dev/null 2>&1 || { echo "agents.sh: no Docker engine answers; start one (Debian: systemctl start docker)" >&2; exit 3; }
. "$root/.mvn/jdk.sh"
find_jdk || exit 3

echo "building"
"$root/openlegion" --help >/dev/null # builds itself when it is older than its sources
"$root/agent-image/build.sh"
"$root/mvnw" -q -f pom.xml package

rm -rf target/run-* # homes and logs of earlier runs

exec "$JAVA_HOME/bin/java" -XX:+UseSerialGC --sun-misc-unsafe-memory-access=allow -cp "target/classes:$root/target/openlegion.jar:target/lib/*" \
  ai.openlegion.bench.AgentsCompare "$root" "$@"
