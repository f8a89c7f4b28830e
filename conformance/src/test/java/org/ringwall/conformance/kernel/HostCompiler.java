// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.Guard;

/**
 * The compiler of the host, at work for a guest. They share a folder: the guest writes a policy to
 * `N.request` and waits for `N.elf`, the object file, or `N.failed`, the diagnostics. Each file is
 * renamed to its name when it is complete.
 */
public final class HostCompiler {
    /** The property that names the folder in a guest. */
    public static final String PROPERTY = "ringwall.compiler";

    private static final String REQUEST = ".request";
    private static final long PAUSE_NANOS = 20_000_000;

    private static final Optional<HostCompiler> HERE =
            Optional.ofNullable(System.getProperty(PROPERTY)).map(Path::of).map(HostCompiler::new);

    private final Path folder;
    private final AtomicInteger number = new AtomicInteger();

    HostCompiler(Path folder) {
        this.folder = folder;
    }

    /** Returns the host's compiler in a guest; empty elsewhere. */
    static Optional<HostCompiler> ofGuest() {
        return HERE;
    }

    /**
     * Returns the object file of a policy without params.
     *
     * @throws AssertionError with the diagnostics if the policy has errors
     */
    byte[] elf(SourceFile source, Settings settings) {
        String name = Long.toString(ProcessHandle.current().pid()) + "-" + number.incrementAndGet();
        Path elf = folder.resolve(name + ".elf");
        Path failed = folder.resolve(name + ".failed");
        try {
            write(folder.resolve(name + REQUEST), written(source, settings).getBytes(StandardCharsets.UTF_8));
            Guard.await("the host has compiled " + source.name(), () -> Files.exists(elf) || Files.exists(failed));
            if (Files.exists(failed)) {
                throw new AssertionError(new String(taken(failed), StandardCharsets.UTF_8));
            }
            return taken(elf);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads and deletes an answer, so that no later request of the same number finds it. */
    private static byte[] taken(Path answer) throws IOException {
        byte[] bytes = Files.readAllBytes(answer);
        Files.delete(answer);
        return bytes;
    }

    /**
     * Compiles, on the host, what a guest requests in this folder, until the thread is
     * interrupted.
     */
    public static Thread serve(Path folder) {
        Thread thread = new Thread(() -> serveUntilInterrupted(folder), "compiler for " + folder);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void serveUntilInterrupted(Path folder) {
        while (!Thread.currentThread().isInterrupted()) {
            try (DirectoryStream<Path> requests = Files.newDirectoryStream(folder, "*" + REQUEST)) {
                for (Path file : requests) {
                    answer(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static void answer(Path request) throws IOException {
        String text = Files.readString(request);
        String name = request.getFileName().toString().replace(REQUEST, "");
        Files.delete(request);
        try {
            byte[] elf = CompiledPolicies.bytes(text, "o", () -> {
                SourceFile source = source(text);
                return PolicyObjects.compile(source, settings(text)).elf().toArray();
            });
            write(request.resolveSibling(name + ".elf"), elf);
        } catch (AssertionError | RuntimeException e) {
            // Also a failure of the compiler is one of the guest's test.
            write(request.resolveSibling(name + ".failed"), e.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.write(part, bytes);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Returns a request: name, byte order, targets, an empty line, the text of the policy. */
    private static String written(SourceFile source, Settings settings) {
        if (!settings.params().isEmpty()) {
            throw new IllegalArgumentException("the host compiles without params");
        }
        String targets =
                settings.targets().stream().map(KernelVersion::toString).collect(Collectors.joining(","));
        return String.join("\n", source.name(), settings.order().toString(), targets, "", source.text());
    }

    private static SourceFile source(String request) {
        List<String> parts = List.of(request.split("\n", 5));
        return new SourceFile(parts.get(0), parts.get(4));
    }

    private static Settings settings(String request) {
        List<String> parts = List.of(request.split("\n", 5));
        List<KernelVersion> targets = parts.get(2).isEmpty()
                ? List.of()
                : List.of(parts.get(2).split(",")).stream()
                        .map(text -> KernelVersion.parse(text).orElseThrow())
                        .toList();
        boolean little = parts.get(1).equals(ByteOrder.LITTLE_ENDIAN.toString());
        return new Settings(targets, little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN, Map.of());
    }
}
