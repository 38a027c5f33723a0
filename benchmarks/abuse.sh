#!/bin/sh
# Builds the product and the benchmarks, calls the mesh as an agent at a constant rate with and without each attack on its
# listener, in turn, and writes results/DATE-abuse.md. Eight minutes; --quick takes six and writes to target/ instead.
# Everything stays on loopback; whatever was started is ended by its own process id.
set -eu
cd "$(dirname "$0")"
root=$(cd .. && pwd)

for flag in "$@"; do
  case $flag in
    --quick | WRONG_TOKENS | IDLE | CONNECTS | SLOW_HEADS | SLOW_BODIES | RESETS | PINGS | PIPELINES) ;;
    *) echo "usage: abuse.sh [--quick] [WRONG_TOKENS|IDLE|CONNECTS|SLOW_HEADS|SLOW_BODIES|RESETS|PINGS|PIPELINES …]" >&2; exit 2 ;;
  esac
done

missing=
for tool in mvn; do
  command -v "$tool" >/dev/null || missing="$missing $tool"
done
if [ -n "$missing" ]; then
  echo "abuse.sh: missing:$missing (Debian: apt-get install maven)" >&2
  exit 3
fi
. "$root/.mvn/jdk.sh"
find_jdk || exit 3

echo "building"
"$root/openlegion" --help >/dev/null # builds itself when it is older than its sources
"$root/mvnw" -q -f pom.xml package

rm -rf target/run-* # homes and logs of earlier runs

exec "$JAVA_HOME/bin/java" -XX:+UseSerialGC --sun-misc-unsafe-memory-access=allow -cp "target/classes:$root/target/openlegion.jar:target/lib/*" \
  ai.openlegion.bench.AbuseCompare "$root" "$@"
