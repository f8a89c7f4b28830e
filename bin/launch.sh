# Starts Java for bin/ringwallc and bin/ringwall. They set these variables and this function, and
# then call `launch "$@"`:
#   name      the name of the command
#   artifact  the beginning of the name of its jar
#   module    the folder of the jar
#   main      the main class
#   broken    the exit code if the command cannot be started
#   options   options for Java, in addition to the usual ones
#   image     the folder of the Java to run; by default JAVA_HOME, or the Java on the PATH
#   hidden    environment variables that Java must not see; they are renamed to RINGWALL_ENV_NAME
#   more      a folder beside lib with further jars for this run; their classes are not archived
#   train     a function that makes typical runs by `java_command ARGUMENT…` in the folder $work
#
# Java starts several times as fast with an archive of the classes that it will load (class-data
# sharing). The archive is stored beside the jar and fits one Java and these jars only. The build
# creates it, or the first run with another Java. The file $name.JAVA.classes names it. Without
# write permission, or with a Java that cannot create archives, the command runs without one.
# RINGWALL_ARCHIVE=no runs without the archive. RINGWALL_ARCHIVE=make creates an archive if none
# fits, and exits.
#
# Root runs jars and archives only if no other user can write them; see check_writers.

launch() {
    open_descriptors
    find_class_path
    find_java
    find_facts
    hide_variables
    if [ "${RINGWALL_ARCHIVE:-}" = make ]; then
        find_archive || make_archive
        exit 0
    fi
    # The optimising compiler, parallel collectors and the file for jps cost a short run more than
    # they save.
    set -- $options -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xshare:auto -cp "$class_path$extra" "$main" "$@"
    if [ "${RINGWALL_ARCHIVE:-}" != no ]; then
        find_archive || make_archive
        if [ -n "$archive" ]; then
            # Map the archive at its own address, because relocation writes to each of its pages. A
            # Java that rejects it runs without it; its warning must not reach standard output.
            set -- -XX:+IgnoreUnrecognizedVMOptions -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 \
                -Xlog:disable "-XX:SharedArchiveFile=$archive" "$@"
        fi
    fi
    exec "$java" "$@"
}

# If descriptor 0, 1 or 2 is closed, the first file that Java opens gets its number, and `run` would
# pass that file to the command.
open_descriptors() {
    true 2>/dev/null 9<&0 || exec </dev/null
    true 2>/dev/null 9>&1 || exec >/dev/null
    true 9>&2 || exec 2>/dev/null
}

# Hides variables whose options run other code with the rights of the command, such as an agent.
hide_variables() {
    for variable in ${hidden:-}; do
        eval "value=\${$variable-} given=\${$variable+yes}"
        if [ -n "$given" ]; then
            export "RINGWALL_ENV_$variable=$value"
            unset "$variable"
        fi
    done
}

# Sets `class_path` in a fixed order, because an archive fits one class path only.
find_class_path() {
    class_path=
    for jar in "$module/$artifact"-*.jar; do
        case $jar in
            *-sources.jar | *-javadoc.jar | *-tests.jar) ;;
            *) [ -f "$jar" ] && class_path=$jar ;;
        esac
    done
    if [ -z "$class_path" ] || [ ! -d "$module/lib" ] || [ -n "${more:-}" ] && [ ! -d "$module/$more" ]; then
        if [ -n "${image:-}" ]; then
            echo "$name: its jars are missing in \`$module\`" >&2
            echo "  help: install it again" >&2
        else
            echo "$name: it has not been built yet" >&2
            echo "  help: mvn -Dquickly package" >&2
        fi
        exit "$broken"
    fi
    for jar in "$module"/lib/*.jar; do
        class_path=$class_path:$jar
    done
    extra=
    [ -n "${more:-}" ] || return 0
    for jar in "$module/$more"/*.jar; do
        extra=$extra:$jar
    done
}

find_java() {
    home=${image:-${JAVA_HOME-}}
    java=${home:+$home/bin/}java
    help="install Java 17 or newer, or set JAVA_HOME"
    [ -z "${image:-}" ] || help="install $name again"
    if ! program=$(command -v -- "$java"); then
        echo "$name: there is no \`$java\`" >&2
        echo "  help: $help" >&2
        exit "$broken"
    fi
}

# Sets `fits` to a description of this Java and these jars, which an archive must match; to nothing
# if it cannot be determined.
find_facts() {
    home=$(readlink -f -- "$program") && home=${home%/bin/java}
    stem=$name.${home##*/}
    set -- "$module"/lib
    above=$module
    while [ -n "$above" ]; do
        set -- "$@" "$above"
        above=${above%/*}
    done
    [ -z "${more:-}" ] || set -- "$@" "$module/$more" "$module/$more/.." "$module/$more/../.." "$module/$more"/*.jar
    whole=yes
    # Mode, owner, size, time and name of each file, by one process. /proc/self belongs to the
    # current user.
    facts=$(stat -L -c '%f %u %s %Y %n' -- /proc/self / "$@" "$module/$artifact"-*.jar "$module"/lib/*.jar \
        "$home/bin/java" "$home/lib/modules" 2>/dev/null) || whole=
    fits=
    user=
    separator=$IFS
    IFS='
'
    set -f
    for fact in $facts; do
        see "$fact"
    done
    set +f
    IFS=$separator
    if [ -z "$user" ] && [ "$(id -u)" = 0 ]; then
        echo "$name: cannot determine who can write its files" >&2
        echo "  help: mount /proc, and install a stat(1) with the options -L and -c" >&2
        exit "$broken"
    fi
    [ -n "$whole" ] || fits=
}

see() {
    mode=$((0x${1%% *}))
    rest=${1#* }
    owner=${rest%% *}
    file=${1#* * * * }
    if [ "$file" = /proc/self ]; then
        user=$owner
        return
    fi
    case $file in
        "$module/${more:-/}"/*) ;;
        # S_IFMT, S_IFDIR
        *) [ $((mode & 0xf000)) = $((0x4000)) ] || fits=$fits${fits:+
}$1 ;;
    esac
    case $file in
        "$home/bin/java" | "$home/lib/modules") ;;
        *) [ "$user" != 0 ] || check_writers ;;
    esac
}

# Refuses, for root, a file or a parent folder that does not belong to root or to the user who
# called sudo, or that other users can write. A folder with the sticky bit may be writable by all,
# because only the owner of a file in it can replace that file.
check_writers() {
    why=
    if [ "$owner" != 0 ] && [ "$owner" != "${SUDO_UID:-0}" ]; then
        why="belongs to uid $owner" help="chown root '$file', or run as its owner with sudo"
    elif [ $((mode & 0x12)) != 0 ] && [ $((mode & 0x4200)) != $((0x4200)) ] || [ -h "$file" ]; then
        why="can be written by other users" help="chmod go-w '$file'"
        [ ! -h "$file" ] || why="is a symbolic link" help="put the file itself there"
    fi
    if [ -n "$why" ]; then
        echo "$name: root does not run it: \`$file\` $why" >&2
        echo "  help: $help" >&2
        exit "$broken"
    fi
}

# Sets `archive` to the archive for this Java and these jars, or to nothing if none can be created.
# Fails if no run has tried to create one.
find_archive() {
    archive=
    [ -n "$fits" ] || return 0
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
        */*) return 1 ;;
        "$stem".*.jsa) [ -f "$module/$file" ] || return 1 ;;
        none) return 0 ;;
        *) return 1 ;;
    esac
    archive=$module/$file
}

# Creates the archive without output. Several processes may do so at the same time: each archive has
# a unique name and is renamed into place when it is complete.
make_archive() {
    [ -w "$module" ] && work=$(mktemp -d "$module/archive.XXXXXX" 2>/dev/null) || return 0
    mask=$(umask)
    umask 022
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
    umask "$mask"
    trap - EXIT INT TERM
    [ "$file" = none ] || archive=$module/$file
}

write_archive() (
    unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS
    # A command that fails, because a file is missing, has still loaded its classes.
    train || :
    # Newer versions of Java number the classes within each list; remove the numbers. A line that
    # one list has twice means two lambdas.
    awk '!/ source:/ { sub(/ id: .*/, ""); if (++n[FILENAME, $0] > seen[$0]) { seen[$0]++; print } }' "$work"/list.* >"$work/list"
    "$java" -Xshare:dump "-XX:SharedClassListFile=$work/list" "-XX:SharedArchiveFile=$work/archive" -cp "$class_path"
    [ -s "$work/archive" ]
)

# Runs the command for training, and records the names of the classes that it loads.
java_command() {
    "$java" $options "-XX:DumpLoadedClassList=$(mktemp "$work/list.XXXXXX")" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto \
        -cp "$class_path" "$main" "$@"
}
