# How bin/ringwallc and bin/ringwall start Java. They set, and then call `launch "$@"`:
#   name      of the command              artifact  the beginning of its jar's name
#   module    the folder of that jar      main      the class
#   broken    the exit code when there is nothing to start
#   options   for Java, more than the usual ones
#   train     a function that runs the command as it is mostly run, as `java_command ARGUMENT…` in the folder $work
#
# Java starts several times as fast with an archive of the classes that it will load (class-data sharing). It lies beside the
# jar, one for each Java and for these very jars: made by the build, or by the first run with another Java. $name.JAVA.classes says
# which file that is; whoever cannot write there, or whose Java makes none, goes without. RINGWALL_ARCHIVE=no goes without, too, and
# RINGWALL_ARCHIVE=make makes one where none fits and does nothing else.

launch() {
    find_class_path
    find_java
    if [ "${RINGWALL_ARCHIVE:-}" = make ]; then
        find_archive || make_archive
        exit 0
    fi
    # A command of a moment is best off without the optimising compiler and parallel collectors, and without a file for jps.
    set -- $options -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xshare:auto -cp "$class_path" "$main" "$@"
    if [ "${RINGWALL_ARCHIVE:-}" != no ]; then
        find_archive || make_archive
        if [ -n "$archive" ]; then
            # At the address that it was made for: moving it means a write to each of its pages. Where a Java does not take it after
            # all it does without; what it would say belongs on nobody's standard output.
            set -- -XX:+IgnoreUnrecognizedVMOptions -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 \
                -Xlog:disable "-XX:SharedArchiveFile=$archive" "$@"
        fi
    fi
    exec "$java" "$@"
}

# In a fixed order: an archive fits one class path.
find_class_path() {
    class_path=
    for jar in "$module/$artifact"-*.jar; do
        case $jar in
            *-sources.jar | *-javadoc.jar | *-tests.jar) ;;
            *) [ -f "$jar" ] && class_path=$jar ;;
        esac
    done
    if [ -z "$class_path" ] || [ ! -d "$module/lib" ]; then
        echo "$name: it has not been built yet" >&2
        echo "  help: mvn -Dquickly package" >&2
        exit "$broken"
    fi
    for jar in "$module"/lib/*.jar; do
        class_path=$class_path:$jar
    done
}

find_java() {
    java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    if ! program=$(command -v -- "$java"); then
        echo "$name: there is no \`$java\`" >&2
        echo "  help: install Java 17 or newer, or set JAVA_HOME" >&2
        exit "$broken"
    fi
}

# Sets `archive` to the file that was made for this Java and these jars, or to nothing where none can be made for them.
# Fails if nobody has tried.
find_archive() {
    archive=
    home=$(readlink -f -- "$program") && home=${home%/bin/java}
    stem=$name.${home##*/}
    fits=$(stat -L -c '%n %s %Y' -- "$home/bin/java" "$home/lib/modules" "$module/$artifact"-*.jar "$module"/lib/*.jar 2>/dev/null) ||
        return 0
    [ -f "$module/$stem.classes" ] || return 1
    made=
    {
        IFS= read -r file || return 1
        while IFS= read -r line; do
            made=$made${made:+
}$line
        done
    } 2>/dev/null <"$module/$stem.classes"
    [ "$made" = "$fits" ] || return 1
    case $file in
        "$stem".*.jsa) [ -f "$module/$file" ] || return 1 ;;
        none) return 0 ;;
        *) return 1 ;;
    esac
    archive=$module/$file
}

# Makes it, in silence. Others may do the same at the same time: each archive has a name of its own, and appears whole.
make_archive() {
    [ -w "$module" ] && work=$(mktemp -d "$module/archive.XXXXXX" 2>/dev/null) || return 0
    trap 'rm -rf -- "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    file=none
    if write_archive >/dev/null 2>&1 </dev/null; then
        file=$stem.${work##*.}.jsa
        chmod a+r -- "$work/archive" && mv -f -- "$work/archive" "$module/$file" || file=none
    fi
    printf '%s\n%s\n' "$file" "$fits" >"$work/classes" && chmod a+r -- "$work/classes" &&
        mv -f -- "$work/classes" "$module/$stem.classes" || file=none
    for old in "$module/$stem".*.jsa; do
        [ "$old" = "$module/$file" ] || rm -f -- "$old"
    done
    rm -rf -- "$work"
    trap - EXIT INT TERM
    [ "$file" = none ] || archive=$module/$file
}

write_archive() (
    unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS
    # The command may fail where something is missing, and has loaded classes all the same.
    train || :
    # Newer Javas number the classes, each list for itself.
    cat -- "$work"/list.* | awk '!/ source:/ { sub(/ id: .*/, ""); if (!seen[$0]++) print }' >"$work/list"
    "$java" -Xshare:dump "-XX:SharedClassListFile=$work/list" "-XX:SharedArchiveFile=$work/archive" -cp "$class_path"
    [ -s "$work/archive" ]
)

# Runs the command in training, and keeps the names of the classes.
java_command() {
    "$java" $options "-XX:DumpLoadedClassList=$(mktemp "$work/list.XXXXXX")" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto \
        -cp "$class_path" "$main" "$@"
}
