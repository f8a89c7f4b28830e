// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.grammar.WallParser;
import org.ringwall.testkit.GoldenCase;

/**
 * A folder of results of the compiler, which is shared by the JVMs of a build and by the guests,
 * whose emulated CPU compiles slowly. A file is named by the digest of what was compiled, the
 * folder by the digest of the compiler, so that no result outlives its compiler.
 */
public final class CompiledPolicies {
    /** The property that names the folder. */
    public static final String PROPERTY = "ringwall.compiled";

    private static final List<Class<?>> COMPILER = List.of(Compiler.class, BpfObject.class, WallParser.class);

    private CompiledPolicies() {}

    /** The folder, determined once, because the compiler has a thousand classes. */
    private static final class Folder {
        static final Path PATH = folder(System.getProperty(PROPERTY, ""));

        private static Path folder(String given) {
            try {
                return given.isEmpty()
                        ? Files.createDirectories(GoldenCase.projectRoot()
                                .resolve("conformance/target/compiled")
                                .resolve(compiler()))
                        : Path.of(given);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Returns the folder that guests read, by the same path. */
    public static Path folder() {
        return Folder.PATH;
    }

    /**
     * Returns the result that was made from this input, or else makes and stores it.
     *
     * @param input everything on which the result depends, except the compiler
     * @param kind the kind of the result, the ending of the file
     */
    public static byte[] bytes(String input, String kind, Supplier<byte[]> made) {
        Path file = folder().resolve(digest(input) + "." + kind);
        try {
            if (Files.exists(file)) {
                return Files.readAllBytes(file);
            }
            byte[] bytes = made.get();
            if (Files.isWritable(folder())) {
                Path written = Files.write(Files.createTempFile(folder(), kind, ".new"), bytes);
                Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the object in an ELF file that the compiler wrote. */
    public static BpfObject read(byte[] elf) {
        try {
            return ObjectReader.read(elf);
        } catch (ObjectFormatException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String compiler() throws IOException {
        MessageDigest digest = sha256();
        for (Class<?> each : COMPILER) {
            try (Stream<Path> files = Files.walk(Path.of(
                    each.getProtectionDomain().getCodeSource().getLocation().toURI()))) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                    digest.update(Files.readAllBytes(file));
                }
            } catch (URISyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
        return HexFormat.of().formatHex(digest.digest(), 0, Long.BYTES);
    }

    private static String digest(String input) {
        return HexFormat.of().formatHex(sha256().digest(input.getBytes(StandardCharsets.UTF_8)));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
