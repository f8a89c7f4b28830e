// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.host.cli.Commands;
import org.ringwall.packaging.DebFile.Member;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The package that a build of this checkout makes. */
final class DebianPackageTest {
    private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");

    /** A root directory with the package, the C library and the tools of a shell, but no Java. */
    private static final String ROOT = """
            set -eu
            mount -t tmpfs tmpfs "$ROOT"
            (cd "$DATA" && tar c .) | tar x -C "$ROOT"
            for directory in proc sys dev tmp; do mkdir "$ROOT/$directory"; done
            for directory in bin lib lib64; do ln -s "usr/$directory" "$ROOT/$directory"; done
            for directory in $(cd / && ls -d usr/lib/*-linux-gnu usr/lib64); do
              mkdir -p "$ROOT/$directory"
              mount --bind "/$directory" "$ROOT/$directory"
            done
            for tool in sh readlink stat id mktemp rm rmdir mv cat awk chmod ls; do
              cp -L "/usr/bin/$tool" "$ROOT/usr/bin/$tool"
            done
            for directory in proc sys dev; do mount --rbind "/$directory" "$ROOT/$directory"; done
            exec env -i PATH=/usr/bin "$(command -v chroot)" "$ROOT" /bin/sh -c "$1"
            """;

    @TempDir
    static Path directory = Path.of("");

    private static Path file = Path.of("");
    private static DebFile deb = new DebFile(Map.of(), Map.of(), Map.of());

    private static DebianPackage builder() {
        String version = System.getProperty("ringwall.version", "0.1.0-SNAPSHOT");
        return new DebianPackage(GoldenCase.projectRoot(), version, TIME, "https://ringwall.invalid/ringwall");
    }

    @BeforeAll
    static void build() throws IOException {
        boolean built = Files.isDirectory(GoldenCase.projectRoot().resolve("host/target/lib"));
        assumeTrue(built, "the loader is not packaged: mvn -Pdeb verify");
        file = directory.resolve(builder().fileName());
        builder().write(directory.resolve("image"), file);
        deb = DebFile.read(file);
    }

    private static List<CommandSpec> commands(CommandSpec spec) {
        List<CommandSpec> all = new ArrayList<>(List.of(spec));
        spec.subcommands().values().forEach(sub -> all.addAll(commands(sub.getCommandSpec())));
        return all;
    }

    @Test
    void twoBuildsAreTheSameBytes() throws IOException {
        Path second = directory.resolve("second.deb");
        builder().write(directory.resolve("second"), second);
        assertThat(Files.mismatch(file, second)).isEqualTo(-1);
    }

    @Test
    void onlyRootCanWriteItsFiles() {
        assertThat(deb.members().keySet()).containsExactly("debian-binary", "control.tar.gz", "data.tar.gz");
        assertThat(deb.members().values()).containsOnly(TIME.getEpochSecond());
        for (Map<String, Member> files : List.of(deb.control(), deb.data())) {
            assertThat(files).isNotEmpty();
            for (Member member : files.values()) {
                String name = member.entry().getName();
                assertThat(member.entry().getLongUserId()).as(name).isZero();
                assertThat(member.entry().getLongGroupId()).as(name).isZero();
                assertThat(member.entry().getLastModifiedTime().toInstant())
                        .as(name)
                        .isEqualTo(TIME);
                assertThat(member.entry().getMode() & 07777)
                        .as(name)
                        .isIn(member.entry().isSymbolicLink() ? List.of(0777) : List.of(0755, 0644));
            }
        }
        assertThat(deb.file("usr/lib/ringwall/image/bin/java").entry().getMode() & 0777)
                .isEqualTo(0755);
        assertThat(deb.file("usr/lib/ringwall/lib/jspecify-1.0.0.jar").entry().getMode() & 0777)
                .isEqualTo(0644);
    }

    @Test
    void md5sumsMatchItsFiles() {
        Map<String, String> digests = new TreeMap<>();
        deb.data().forEach((name, member) -> {
            if (!member.entry().isDirectory() && !member.entry().isSymbolicLink()) {
                digests.put(name.substring(2), DebWriter.md5(member.content()));
            }
        });
        assertThat(deb.controlFile("md5sums").text().lines())
                .containsExactlyElementsOf(digests.entrySet().stream()
                        .map(entry -> entry.getValue() + "  " + entry.getKey())
                        .toList());
    }

    @Test
    void itDependsOnlyOnLibrariesOfEveryDebian() {
        assertThat(deb.field("Depends").split(", "))
                .anyMatch(name -> name.matches("libc6 \\(>= 2\\.\\d+\\)"))
                .allMatch(name -> name.matches("libc6 \\(.*|libgcc-s1|libstdc\\+\\+6|zlib1g"));
    }

    @Test
    void pagesThatTheHostPageLinksAreInstalled() {
        String folder = "./usr/share/doc/ringwall/";
        String host = deb.file(folder.substring(2) + "host.md").text();
        assertThat(Pattern.compile("\\]\\(([a-z-]+\\.md)")
                        .matcher(host)
                        .results()
                        .map(link -> folder + link.group(1)))
                .contains(folder + "containers.md", folder + "systemd.md")
                .isSubsetOf(deb.data().keySet());
    }

    @Test
    void everyLibraryHasALicense() {
        String copyright = deb.file("usr/share/doc/ringwall/copyright").text();
        for (String name : deb.data().keySet()) {
            if (name.startsWith("./usr/lib/ringwall/lib") && name.endsWith(".jar") && !name.contains("/ringwall-")) {
                String library = name.substring(name.lastIndexOf('/') + 1);
                assertThat(copyright.lines().filter(line -> line.contains("usr/lib/ringwall/lib")))
                        .as("packaging/debian/copyright names %s", library)
                        .anyMatch(line ->
                                library.startsWith(line.replaceFirst(".*/", "").replaceFirst("\\*.*", "")));
            }
        }
    }

    @Test
    void everyCommandHasAManPageAndCompletions() {
        String bash = deb.file("usr/share/bash-completion/completions/ringwall").text();
        String zsh = deb.file("usr/share/zsh/vendor-completions/_ringwall").text();
        String fish =
                deb.file("usr/share/fish/vendor_completions.d/ringwall.fish").text();
        CommandSpec root = Commands.all().getCommandSpec();
        assertThat(root.subcommands()).containsKeys("apply", "live", "sync");
        for (CommandSpec command : commands(root)) {
            List<String> words = List.of(command.qualifiedName().split(" "));
            String page = String.join("-", words.subList(0, Math.min(2, words.size())));
            String text = deb.file("usr/share/man/man1/" + page + ".1.gz").expanded();
            for (OptionSpec option : command.options()) {
                String name = option.longestName();
                assertThat(text).as(page).contains("\\fB" + ManPages.escape(name) + "\\fR");
                assertThat(zsh).as(page).containsPattern(name + "(=-)?\\[");
                assertThat(fish).as(page).contains(" -l " + name.substring(2) + " ");
                assertThat(bash).as(page).contains(name);
            }
            String function = "_" + String.join("_", words) + "() {";
            assertThat(zsh).contains(function);
        }
    }

    @ToolTest("groff")
    @Test
    void groffHasNoWarningAboutThePages() throws IOException {
        for (Map.Entry<String, Member> file : deb.data().entrySet()) {
            if (file.getKey().startsWith("./usr/share/man/man1/r")) {
                Path page = Files.writeString(
                        directory.resolve("page.1"), file.getValue().expanded());
                Command shown =
                        Command.run(directory, "sh", "-c", "groff -man -ww -Tutf8 -P-c " + page + " 2>&1 >/dev/null");
                assertThat(shown).as(file.getKey()).isEqualTo(new Command(0, ""));
            }
        }
    }

    @ToolTest("bash")
    @Test
    void bashCompletesCommandsAndOptions() throws IOException {
        Path script = Files.write(
                directory.resolve("completion"),
                deb.file("usr/share/bash-completion/completions/ringwall").content());
        String complete =
                ". " + script + "; compopt() { :; }; complete_words() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1));"
                        + " COMPREPLY=(); _complete_ringwall; echo ${COMPREPLY[*]}; };";
        assertThat(Command.run(directory, "bash", "-c", complete + " complete_words ringwall stat")
                        .succeeded())
                .isEqualTo("status\n");
        assertThat(Command.run(directory, "bash", "-c", complete + " complete_words ringwall apply --dry")
                        .succeeded())
                .isEqualTo("--dry-run\n");
    }

    @ToolTest("dpkg-deb")
    @Test
    void dpkgReadsTheSamePackage() throws IOException {
        assertThat(Command.run(directory, "dpkg-deb", "--field", file.toString(), "Package", "Version", "Depends")
                        .succeeded())
                .isEqualTo("Package: ringwall\nVersion: " + deb.field("Version") + "\nDepends: " + deb.field("Depends")
                        + "\n");
        Path theirs = directory.resolve("theirs");
        Path ours = Files.createDirectory(directory.resolve("ours"));
        Command.run(directory, "dpkg-deb", "--extract", file.toString(), theirs.toString())
                .succeeded();
        deb.extract(ours);
        assertThat(Command.run(directory, "diff", "--recursive", "--no-dereference", "ours", "theirs"))
                .isEqualTo(new Command(0, ""));
        assertThat(modes(theirs)).containsExactlyElementsOf(modes(ours));
    }

    @ToolTest("systemd-analyze")
    @Test
    void systemdFindsNoMistakeInItsUnits() throws IOException {
        Path root = Files.createDirectory(directory.resolve("units"));
        deb.extract(root);
        List<String> names = deb.data().keySet().stream()
                .filter(name -> name.startsWith("./usr/lib/systemd/system/") && name.endsWith(".service"))
                .map(name -> name.replaceFirst(".*/", "").replace("@.", "@web."))
                .toList();
        assertThat(names)
                .containsExactlyInAnyOrder(
                        "ringwall-agent.service",
                        "ringwall-events@web.service",
                        "ringwall-metrics.service",
                        "ringwall-nri.service",
                        "ringwall-prepare@web.service",
                        "ringwall-sync.service",
                        "ringwall-watch.service");
        List<String> verify = new ArrayList<>(
                List.of("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", "--root=" + root));
        verify.addAll(names);
        assertThat(Command.run(directory, verify)).isEqualTo(new Command(0, ""));
    }

    /** Returns the mode and owner of each file, and its time if it is a regular file. */
    private static List<String> modes(Path root) throws IOException {
        List<String> modes = new ArrayList<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.filter(path -> !path.equals(root)).sorted().toList()) {
                String attributes = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                        ? "unix:mode,uid,gid,lastModifiedTime"
                        : "unix:mode,uid,gid";
                Map<String, Object> found = Files.readAttributes(path, attributes, LinkOption.NOFOLLOW_LINKS);
                modes.add(root.relativize(path) + " " + new TreeMap<>(found));
            }
        }
        return modes;
    }

    @KernelTest
    @Test
    void itWorksWithoutAnInstalledJava() throws IOException {
        Path data = Files.createDirectory(directory.resolve("data"));
        deb.extract(data);
        for (String name : List.of("postinst", "prerm", "postrm")) {
            Files.write(data.resolve(name), deb.controlFile(name).content());
        }
        assertThat(inside(data, "command -v java || ls /usr/lib/jvm").status()).isNotZero();
        assertThat(inside(data, "ringwall --help").succeeded())
                .contains("Usage: ringwall")
                .contains(Commands.all().getSubcommands().keySet());
        assertThat(inside(data, "cd /tmp && RINGWALL_ARCHIVE=no ringwall status")
                        .succeeded())
                .isEqualTo("no policy is in force\n");
        assertThat(inside(data, "JAVA_HOME=/nowhere ringwall run /usr/lib/ringwall/first.o -- sh -c 'exit 7'"))
                .isEqualTo(new Command(7, ""));
        String installed = "sh /postinst configure && cd /usr/lib/ringwall && cat ringwall.image.classes"
                + " && ls *.jsa && ringwall status && ls *.jsa && sh /prerm remove && ls && sh /postrm remove";
        Command steps = inside(data, installed);
        List<String> lines = steps.succeeded().lines().toList();
        String archive = lines.get(0);
        assertThat(archive).matches("ringwall\\.image\\.\\w+\\.jsa");
        assertThat(lines).containsSubsequence(archive, archive, "no policy is in force", archive);
        assertThat(lines.subList(lines.lastIndexOf(archive) + 1, lines.size()))
                .containsExactly(
                        "bin",
                        "first.o",
                        "image",
                        "lib",
                        "lib-metrics",
                        "ringwall-host-" + System.getProperty("ringwall.version", "0.1.0-SNAPSHOT") + ".jar",
                        "ringwall-runc");
    }

    /** Runs a script in a root directory of its own with the files of {@code data}. */
    private static Command inside(Path data, String script) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder("unshare", "--mount", "--propagation", "private", "sh", "-c", ROOT, "sh", script);
        Path root = Files.createDirectories(directory.resolve("root"));
        builder.environment().putAll(Map.of("ROOT", root.toString(), "DATA", data.toString()));
        builder.environment().merge("PATH", "/usr/sbin", (path, more) -> path + ":" + more);
        return Command.run(directory, builder);
    }
}
