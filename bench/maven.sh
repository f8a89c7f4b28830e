#!/usr/bin/env bash
# Measures Maven builds of a module of policies: bench/maven.sh [POLICIES [RUNS]], after `mvn -Dquickly install`.
# The module has the Java options that projects of the archetype have. Prints for each run the elapsed and the CPU time
# of the process, and the time of each goal. MAVEN_ARGS is for other repositories, as
# `-o -Dmaven.repo.local=maven-plugin/target/it-repository`.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

policies=${1:-50}
runs=${2:-3}
version=$(sed -n 's|.*<version>\(.*\)</version>.*|\1|p' pom.xml | head -1)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

mkdir -p "$folder/src/main/wall" "$folder/.mvn"
cp archetype/src/main/resources/archetype-resources/.mvn/jvm.config "$folder/.mvn/"
cat > "$folder/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId>
  <artifactId>measured</artifactId>
  <version>1</version>
  <packaging>wallpack</packaging>
  <build><plugins><plugin>
    <groupId>org.ringwall</groupId>
    <artifactId>ringwall-maven-plugin</artifactId>
    <version>$version</version>
    <extensions>true</extensions>
  </plugin></plugins></build>
</project>
POM
for ((i = 1; i <= policies; i++)); do
  cat > "$folder/src/main/wall/p$i.wall" <<WALL
policy p$i

egress {
  deny if remote.port == $((1000 + i))
  allow if proto == tcp and remote.ip in { 10.$i.0.0/16, 192.0.2.$i }
  allow if proto == udp and remote.port == 53
  default deny
}

test "what policy $i allows" {
  connect tcp 10.$i.0.1:443 => allow
  connect tcp 10.$i.0.1:$((1000 + i)) => deny
  connect tcp 192.0.2.$i:80 => allow
  connect udp 9.9.9.9:53    => allow
  connect tcp 203.0.113.1:1 => deny
}
WALL
done

# run NAME WORDS...: runs Maven, and prints its times and those of its goals in milliseconds.
run() {
  local name=$1 log="$folder/log" times
  shift
  TIMEFORMAT='%R %U %S'
  times=$({ time mvn -B -ntp -f "$folder/pom.xml" -Dorg.slf4j.simpleLogger.showDateTime=true "$@" > "$log" 2>&1; } 2>&1) || {
    tail -n 20 "$log" >&2
    exit 1
  }
  awk -v name="$name" -v times="$times" '
    BEGIN { split(times, t, " ") }
    function ends(now) { if (goal != "") { goals = goals "  " goal " " now - start; goal = "" } }
    $1 ~ /^[0-9]+$/ { last = $1 }
    / --- .*:.*:.* \(/ { ends($1); split($0, w, ":"); split(w[3], g, " "); goal = g[1]; start = $1 }
    /BUILD SUCCESS/ { ends(last) }
    END { printf "%-9s elapsed %.1f s  cpu %.1f s  goals (ms):%s\n", name, t[1], t[2] + t[3], goals }' "$log"
}

echo "$policies policies, $(mvn -v | head -1)"
for ((r = 0; r < runs; r++)); do
  rm -rf "$folder/target"
  run package package
  run verify verify
  run unchanged verify
done
