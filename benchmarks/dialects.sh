#!/bin/sh
# Builds the product and the benchmarks, measures a streamed answer at each door from a provider of each dialect, and
# writes results/DATE-dialects.md. Four minutes; --quick takes one and a half and writes to target/ instead.
set -eu
cd "$(dirname "$0")"
root=$(cd .. && pwd)

for flag in "$@"; do
  case $flag in
    --quick) ;;
    *) echo "usage: dialects.sh [--quick]" >&2; exit 2 ;;
  esac
done

for tool in mvn wrk; do
  command -v $tool >/dev/null || { echo "dialects.sh: missing: $tool (Debian: apt-get install maven wrk)" >&2; exit 3; }
done
. "$root/.mvn/jdk.sh"
find_jdk || exit 3

echo "building"
"$root/openlegion" --help >/dev/null # builds itself when it is older than its sources
"$root/mvnw" -q -f pom.xml package

rm -rf target/run-* # homes and logs of earlier runs

exec "$JAVA_HOME/bin/java" -XX:+UseSerialGC --sun-misc-unsafe-memory-access=allow -cp "target/classes:$root/target/openlegion.jar:target/lib/*" \
  ai.openlegion.bench.DialectsCompare "$root" "$@"
