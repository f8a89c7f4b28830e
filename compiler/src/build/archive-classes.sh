#!/bin/sh
# Leaves compiler/target/ringwallc.jsa, the classes that compiling a sample loads, in the form in which a JVM maps them
# (JEP 350). bin/ringwallc starts faster with it and works without it, so nothing that goes wrong here fails the build.
set -u
root=$(dirname -- "$(readlink -f -- "$0")")/../../..
target=$root/compiler/target
work=$(mktemp -d "$target/archive.XXXXXX") || exit 0
rm -f -- "$target/ringwallc.jsa"
# A JVM trusts the length of an archive that it maps: only a whole one gets the name.
JDK_JAVA_OPTIONS="-Xlog:disable -XX:ArchiveClassesAtExit='$work/ringwallc.jsa'" \
    "$root/bin/ringwallc" compile "$root/samples/policies/agent-sandbox.wall" -o "$work/policy.o" >/dev/null 2>&1 &&
    [ -s "$work/ringwallc.jsa" ] &&
    mv -f -- "$work/ringwallc.jsa" "$target/ringwallc.jsa"
rm -rf -- "$work"
exit 0
