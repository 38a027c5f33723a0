#!/bin/sh
# Builds the agent's image: a jlink runtime, the agent's jar, and what the JVM learned from a rehearsal.
#
#   agent-image/build.sh [--tag openlegion-agent:latest] [--base IMAGE] [--force]
#   agent-image/build.sh --hash      prints the hash of the sources that the label openlegion.sources carries
#
# Needs a JDK 25 on Linux (found as ./openlegion finds it), the docker command and an engine behind it (DOCKER_HOST is
# honoured). Where no registry can be reached it makes a base with debootstrap, which needs root. Exit codes: 0 built or
# up to date, 1 a step failed, 2 wrong arguments, 3 something is missing.
set -eu

here=$(dirname "$(readlink -f "$0")")
root=$(dirname "$here")
work=$root/target/agent-image
tag=openlegion-agent:latest
base=
force=no
made_base=openlegion-base:bookworm

say() { echo "agent-image: $*" >&2; }
step() { say "step $1/6 $2 …"; }
lacking() { say "$*"; exit 3; }
failed() { say "$1; all of it is in $log"; tail -n 15 "$log" >&2; exit 1; }

hash_of_sources() {
  (cd "$here" && find Dockerfile build.sh jvm.options src -type f | LC_ALL=C sort | xargs sha256sum) | sha256sum | cut -d ' ' -f 1
}

while [ $# -gt 0 ]; do
  case $1 in
    --tag | --base)
      [ $# -ge 2 ] && [ -n "$2" ] || { say "$1 needs a value"; exit 2; }
      if [ "$1" = --tag ]; then tag=$2; else base=$2; fi
      shift
      ;;
    --force) force=yes ;;
    --hash) hash_of_sources; exit 0 ;;
    *) say "unknown argument $1; it takes --tag NAME, --base IMAGE, --force, --hash"; exit 2 ;;
  esac
  shift
done

step 1 "looking for a JDK, the docker command and an engine"
. "$root/.mvn/jdk.sh"
find_jdk || exit 3
[ "$(uname -s)" = Linux ] || lacking "the image's runtime is made from this machine's JDK, so this must be Linux."
[ -d "$JAVA_HOME/jmods" ] || "$JAVA_HOME/bin/jlink" --help | grep -q 'Linking from run-time image enabled' ||
  lacking "$JAVA_HOME has no jmods, so jlink cannot work. Install a full JDK 25 (for example Temurin 25)."
command -v docker >/dev/null || lacking "the docker command is missing. Install it (Debian: apt-get install docker.io)."
timeout 20 docker version --format '{{.Server.Version}}' >/dev/null 2>&1 ||
  lacking "no engine answers the docker command (DOCKER_HOST=${DOCKER_HOST:-unset}). Start one, or name it by DOCKER_HOST."

mkdir -p "$work"
log=$work/build.log
if command -v flock >/dev/null; then
  exec 9>"$work/lock"
  flock -n 9 || { say "another build runs; waiting for it …"; flock 9; }
fi
: >"$log"

sources=$(hash_of_sources)
built_with="$(sed -n 's/^JAVA_RUNTIME_VERSION="\(.*\)"/\1/p' "$JAVA_HOME/release") on ${base:-default}"
label() { docker image inspect --format "{{index .Config.Labels \"$1\"}}" "$tag" 2>/dev/null || true; }
if [ "$force" = no ] && [ "$(label openlegion.sources)" = "$sources" ] && [ "$(label openlegion.built-with)" = "$built_with" ]; then
  say "$tag is up to date."
  exit 0
fi

step 2 "compiling the agent"
context=$work/context
rm -rf "$context" "$work/classes"
mkdir -p "$context" "$work/classes"
# package-info only carries annotations for this repository's checks, from a library that the image does without.
# Quoted, as the path of this folder may hold blanks.
find "$here/src" -name '*.java' ! -name package-info.java -printf '"%p"\n' >"$work/sources"
"$JAVA_HOME/bin/javac" --release 25 -g:lines,source -d "$work/classes" "@$work/sources" >>"$log" 2>&1 || failed "javac failed"
"$JAVA_HOME/bin/jar" --create --file "$context/agent.jar" -C "$work/classes" . >>"$log" 2>&1 || failed "jar failed"
cp "$here/jvm.options" "$context/"

step 3 "linking a runtime"
"$JAVA_HOME/bin/jlink" --add-modules java.base,java.logging,java.net.http,jdk.httpserver --output "$context/runtime" \
  --strip-java-debug-attributes --no-header-files --no-man-pages --vm=server >>"$log" 2>&1 || failed "jlink failed"

# debootstrap that was ended leaves this machine's /proc and /sys mounted in it, where nothing may be removed.
remove_tree() {
  for mounted in proc sys; do umount "$tree/$mounted" 2>/dev/null || true; done
  rm -rf --one-file-system "$tree"
}

# A base of our own, from the mirror that this machine's packages come from.
bootstrap() {
  if docker image inspect "$made_base" >/dev/null 2>&1; then
    say "  using $made_base, made earlier"
    return
  fi
  command -v debootstrap >/dev/null ||
    lacking "no registry can be reached, and debootstrap is missing. Install it (Debian: apt-get install debootstrap)," \
      "or load an image with git, curl, jq and python3 (docker load) and name it with --base."
  [ "$(id -u)" = 0 ] || lacking "no registry can be reached, and debootstrap needs root: run this script once as root."
  # Others' packages come from other places: only a path that ends in debian is taken for the distribution's.
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    sed -n -e 's/^deb \(\[[^]]*\] *\)\{0,1\}\([^ ]*\) .*/\2/p' -e 's/^URIs: *\([^ ]*\).*/\1/p' |
    grep '/debian/*$' | head -n 1)
  mirror=${mirror:-http://deb.debian.org/debian}
  say "  no registry can be reached: making $made_base with debootstrap from $mirror (about a minute)"
  tree=$(mktemp -d "$work/base.XXXXXX")
  trap 'remove_tree' EXIT
  trap 'exit 130' INT TERM HUP
  timeout 600 debootstrap --variant=minbase --include=git,curl,jq,python3,ca-certificates bookworm "$tree" "$mirror" \
    >>"$log" 2>&1 || failed "debootstrap failed"
  # Package lists, translations and documents are a third of it, and no agent reads them.
  rm -rf "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/* "$tree"/usr/share/doc "$tree"/usr/share/man \
    "$tree"/usr/share/locale "$tree"/usr/share/info "$tree"/var/log/*.log
  tar -C "$tree" --numeric-owner -c . | docker import - "$made_base" >>"$log" 2>&1 || failed "docker import failed"
  remove_tree
  trap - EXIT INT TERM HUP
}

step 4 "getting the base image"
from=${base:-debian:bookworm-slim}
if ! docker image inspect "$from" >/dev/null 2>&1 && ! timeout 180 docker pull -q "$from" >>"$log" 2>&1; then
  [ -z "$base" ] || lacking "there is no image $base here, and it cannot be pulled: $(tail -n 1 "$log")"
  bootstrap
  from=$made_base
fi
# That base has all there is to install, and nothing else in the build needs a network.
network=default
[ "$from" != "$made_base" ] || network=none

step 5 "building $tag from $from, with a rehearsal"
# It gets its name only after the check below.
unchecked=openlegion-unchecked:$$
trap 'docker rmi "$unchecked" >/dev/null 2>&1 || true' EXIT
timeout 900 docker build --network "$network" --tag "$unchecked" --build-arg BASE="$from" --build-arg SOURCES="$sources" \
  --build-arg BUILT_WITH="$built_with" --file "$here/Dockerfile" "$context" >>"$log" 2>&1 || failed "docker build failed"

# As the mesh starts it, and with a JVM that refuses to go on without its cache.
step 6 "checking that the JVM uses what the rehearsal taught it"
timeout 120 docker run --rm --network none --read-only --tmpfs /tmp:rw,noexec,nosuid,size=100m --memory 512m --cpus 0.5 \
  --pids-limit 256 --cap-drop ALL --security-opt no-new-privileges --user 1000:1000 --init \
  --entrypoint /opt/agent/runtime/bin/java "$unchecked" @/opt/agent/jvm.options -XX:AOTMode=on \
  -XX:AOTCache=/opt/agent/agent.aot -cp /opt/agent/agent.jar ai.openlegion.agent.rehearsal.Rehearsal /tmp >>"$log" 2>&1 ||
  failed "the image does not run as the mesh runs it"
docker tag "$unchecked" "$tag" >>"$log" 2>&1 || failed "the image could not be named $tag"
rm -rf "$context/runtime" "$work/classes"
# Images of earlier builds that no tag and no container uses any more.
docker image prune --force --filter label=openlegion.sources >>"$log" 2>&1 || true
say "$tag is built ($(docker image inspect --format '{{.Size}}' "$tag" | awk '{printf "%d MB", $1 / 1000000}'))."
