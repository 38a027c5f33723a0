#!/bin/sh
# Builds the product and the benchmarks, starts mesh, peers and upstream, runs them interleaved and writes
# results/DATE.md. Thirteen minutes; --quick takes three and writes to target/ instead; --peers leaves the mesh out,
# --paced all but streams whose tokens come one by one, and the start.
# Everything stays on loopback; whatever was started is ended by its own process id.
set -eu
cd "$(dirname "$0")"
root=$(cd .. && pwd)

for flag in "$@"; do
  case $flag in
    --quick | --peers | --paced) ;;
    *) echo "usage: compare.sh [--quick] [--peers|--paced]" >&2; exit 2 ;;
  esac
done

missing=
for tool in mvn nginx wrk node npm; do
  PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || missing="$missing $tool"
done
if [ -n "$missing" ]; then
  echo "compare.sh: missing:$missing (Debian: apt-get install maven nginx wrk nodejs npm)" >&2
  exit 3
fi
PATH=$PATH:/usr/sbin
export PATH
. "$root/.mvn/jdk.sh"
find_jdk || exit 3

# 10,000 streams are as many sockets of the mesh to its provider
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"
if [ "$(ulimit -n)" -lt 12000 ]; then
  echo "compare.sh: P5 needs 12000 open files, this shell may open $(ulimit -n) (ulimit -n)" >&2
  exit 3
fi

echo "building"
"$root/openlegion" --help >/dev/null # builds itself when it is older than its sources
"$root/mvnw" -q -f pom.xml package

rm -rf target/run-* # homes and logs of earlier runs

# A fixed version: the figures of another Portkey could not be put beside the ones in results/.
portkey=1.15.2
if [ ! -f "target/portkey/$portkey" ]; then
  mkdir -p target/portkey
  (cd target/portkey && echo '{"private": true}' >package.json &&
    npm install --silent --no-audit --no-fund "@portkey-ai/gateway@$portkey" && : >"$portkey")
fi

exec "$JAVA_HOME/bin/java" -XX:+UseSerialGC --sun-misc-unsafe-memory-access=allow -cp "target/classes:$root/target/openlegion.jar:target/lib/*" \
  ai.openlegion.bench.Compare "$root" "$@"
