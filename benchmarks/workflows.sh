#!/bin/sh
# Builds the product and the benchmarks, measures 200 concurrent runs of ten steps and 1,000 watchers of one run, each
# beside the least that could stand there, and writes results/DATE-workflows.md. Five minutes; --quick takes two and
# writes to target/ instead.
set -eu
cd "$(dirname "$0")"
root=$(cd .. && pwd)

for flag in "$@"; do
  case $flag in
    --quick) ;;
    *) echo "usage: workflows.sh [--quick]" >&2; exit 2 ;;
  esac
done

command -v mvn >/dev/null || { echo "workflows.sh: missing: mvn (Debian: apt-get install maven)" >&2; exit 3; }
. "$root/.mvn/jdk.sh"
find_jdk || exit 3

echo "building"
"$root/openlegion" --help >/dev/null # builds itself when it is older than its sources
"$root/mvnw" -q -f pom.xml package

rm -rf target/run-* # homes and logs of earlier runs
ulimit -n "$(ulimit -Hn)" # a thousand watchers, and as many of the peer's

exec "$JAVA_HOME/bin/java" -XX:+UseSerialGC --sun-misc-unsafe-memory-access=allow -cp "target/classes:$root/target/openlegion.jar:target/lib/*" \
  ai.openlegion.bench.WorkflowsCompare "$root" "$@"
