# Finds a JDK 25 or newer and sets JAVA_HOME to it; sourced by ./openlegion and ./mvnw.
# Looks in OPENLEGION_JAVA_HOME, JAVA_HOME, the PATH, then /usr/lib/jvm/*.
jdk_major() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || { echo 0; return; }
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

find_jdk() {
  on_path=$(command -v javac 2>/dev/null) && on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
  for candidate in "${OPENLEGION_JAVA_HOME:-}" "${JAVA_HOME:-}" "${on_path:-}" /usr/lib/jvm/*; do
    [ -n "$candidate" ] || continue
    major=$(jdk_major "$candidate")
    if [ "${major:-0}" -ge 25 ]; then
      JAVA_HOME=$candidate
      export JAVA_HOME
      return 0
    fi
  done
  echo "openlegion: needs a JDK 25 or newer; looked in OPENLEGION_JAVA_HOME, JAVA_HOME, PATH and /usr/lib/jvm." \
       "Install one (for example Temurin 25) or set OPENLEGION_JAVA_HOME." >&2
  return 3
}
