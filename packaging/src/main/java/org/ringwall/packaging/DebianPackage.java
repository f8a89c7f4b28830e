// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.ringwall.compiler.api.CompileResult;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.Ringwall;
import org.ringwall.host.cli.Commands;
import picocli.CommandLine;

/**
 * The Debian package {@code ringwall}, built from a checkout that Maven has compiled.
 *
 * @param root the checkout
 * @param version the version of the project
 * @param time the time of all files
 * @param url the address of the project
 */
public record DebianPackage(Path root, String version, Instant time, String url) {
    /** The folders of jars beside the loader; the second is for `metrics` alone (bin/ringwall). */
    private static final List<String> JARS = List.of("lib", "lib-metrics");

    private static final String HOME = "usr/lib/ringwall";
    private static final String IMAGE = HOME + "/image";

    /** Writes the package of a checkout: ROOT VERSION TIME URL DIRECTORY. */
    public static void main(String[] args) throws IOException {
        DebianPackage built = new DebianPackage(Path.of(args[0]), args[1], Instant.parse(args[2]), args[3]);
        Path directory = Files.createDirectories(Path.of(args[4]));
        built.write(directory.resolve("image"), directory.resolve(built.fileName()));
    }

    String fileName() {
        return "ringwall_" + debianVersion() + "_" + architecture() + ".deb";
    }

    /** Returns the Debian version; {@code ~SNAPSHOT} sorts before the release. */
    private String debianVersion() {
        return version.replace("-SNAPSHOT", "~SNAPSHOT");
    }

    private static String architecture() {
        String name = System.getProperty("os.arch", "");
        return switch (name) {
            case "amd64" -> name;
            case "aarch64" -> "arm64";
            default ->
                throw new PackagingException(
                        "ringwall does not run on the architecture `" + name + "`", "build on amd64 or aarch64");
        };
    }

    /**
     * Writes the package to a file.
     *
     * @param image the directory for the runtime image, which is replaced
     */
    void write(Path image, Path file) throws IOException {
        List<Path> jars = new ArrayList<>(List.of(loader()));
        for (String folder : JARS) {
            jars.addAll(RuntimeImage.jars(built().resolve(folder)));
        }
        remove(image);
        RuntimeImage.link(jars, image);
        FileTree data = data(image);
        try (OutputStream out = Files.newOutputStream(file)) {
            new DebWriter(time).write(control(data), scripts(), data, out);
        }
    }

    private Path built() {
        return root.resolve("host/target");
    }

    private Path source() {
        return root.resolve("packaging/debian");
    }

    private Path loader() {
        Path jar = built().resolve("ringwall-host-" + version + ".jar");
        if (!Files.exists(jar)) {
            throw new PackagingException("`" + jar + "` is missing", "mvn -Pdeb -Dquickly package");
        }
        return jar;
    }

    private FileTree data(Path image) throws IOException {
        FileTree data = new FileTree();
        for (String script : List.of("ringwall", "launch.sh", "unit-check.sh", "oci-hook.pl")) {
            data.program(HOME + "/bin/" + script, root.resolve("bin").resolve(script));
        }
        data.link("usr/bin/ringwall", "../lib/ringwall/bin/ringwall");
        data.program(HOME + "/ringwall-runc", root.resolve("packaging/oci/ringwall-runc"));
        data.copy(HOME + "/" + loader().getFileName(), loader());
        for (String folder : JARS) {
            for (Path jar : RuntimeImage.jars(built().resolve(folder))) {
                data.copy(HOME + "/" + folder + "/" + jar.getFileName(), jar);
            }
        }
        String machine = architecture().equals("amd64") ? "x86_64-Linux" : "aarch64-Linux";
        String library = "lib/native/jni/" + machine + "/libjffi-1.2.so";
        data.copy(HOME + "/" + library, built().resolve(library));
        data.copyAll(IMAGE, image);
        data.bytes(HOME + "/first.o", trainingObject());
        units(data);
        data.directory("etc/ringwall/policies.d");
        CommandLine commands = Commands.all();
        pages(data, commands);
        data.text("usr/share/bash-completion/completions/ringwall", Completions.bash(commands));
        data.text("usr/share/zsh/vendor-completions/_ringwall", Completions.zsh(commands.getCommandSpec()));
        data.text("usr/share/fish/vendor_completions.d/ringwall.fish", Completions.fish(commands.getCommandSpec()));
        return data;
    }

    /** Returns the object for the dry run in which the launcher records the classes to archive. */
    private byte[] trainingObject() throws IOException {
        CompileResult result = Ringwall.compile(root.resolve("samples/policies/first.wall"), Options.DEFAULT);
        return result.policy()
                .orElseThrow(() -> new IllegalStateException("first.wall: " + result.diagnostics()))
                .object();
    }

    private void units(FileTree data) throws IOException {
        try (Stream<Path> units = Files.list(root.resolve("packaging/systemd"))) {
            units.sorted().forEach(unit -> data.copy("usr/lib/systemd/system/" + unit.getFileName(), unit));
        }
    }

    private void pages(FileTree data, CommandLine commands) throws IOException {
        ManPages pages = new ManPages("Ringwall " + version, time.toString().substring(0, 10));
        pages.of(commands.getCommandSpec(), Commands.groups())
                .forEach((name, text) -> data.compressed("usr/share/man/man1/" + name + ".gz", text));
        String documents = "usr/share/doc/ringwall/";
        data.copy(documents + "copyright", source().resolve("copyright"));
        data.copyAll("usr/share/doc/ringwall", root.resolve("docs"));
        data.compressed(documents + "changelog.gz", Files.readString(root.resolve("CHANGELOG.md")));
    }

    private String control(FileTree data) throws IOException {
        return """
                Package: ringwall
                Version: %s
                Architecture: %s
                Maintainer: The Ringwall maintainers <ringwall@%s>
                Section: admin
                Priority: optional
                Homepage: %s
                Depends: %s
                Description: access policies for Linux control groups
                 Puts policies in force that ringwallc has compiled to BPF: what the
                 processes of a control group may reach by address, port, device,
                 sysctl or socket type. Replaces a policy without a gap, shows and
                 changes its state, and keeps in force what files declare.
                 .
                 The package contains a Java runtime image of its own.
                """.formatted(
                        debianVersion(), architecture(), URI.create(url).getHost(), url, SharedLibraries.depends(data));
    }

    private Map<String, String> scripts() throws IOException {
        Map<String, String> scripts = new TreeMap<>();
        for (String name : List.of("postinst", "prerm", "postrm")) {
            scripts.put(name, Files.readString(source().resolve(name)));
        }
        return scripts;
    }

    private static void remove(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            all.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
