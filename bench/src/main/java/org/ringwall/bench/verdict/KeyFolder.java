// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.ringwall.bench.rules.DeviceRule;
import org.ringwall.bench.rules.Key;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.Syscalls;

/** A folder with files of keys and the device nodes that they name, deleted by {@link #close}. */
final class KeyFolder implements AutoCloseable {
    private static final int AT_FDCWD = -100;
    private static final int S_IFCHR = 0x2000;
    private static final int S_IFBLK = 0x6000;
    private static final int EVERYONE = 0666;

    private final Syscalls syscalls = Syscalls.ofThisMachine();
    private final Path folder;

    KeyFolder() {
        try {
            this.folder = Files.createTempDirectory("ringwall-bench-keys");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path path() {
        return folder;
    }

    /** Writes a set of keys for the driver, and creates their device nodes. */
    Path write(String name, List<Key> keys) {
        List<String> lines = new ArrayList<>();
        for (Key key : keys) {
            if (key instanceof Key.Access access && !Files.exists(folder.resolve(access.node()))) {
                make(access);
            }
            lines.add(key.line());
        }
        try {
            return Files.write(folder.resolve(name), lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void make(Key.Access key) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long path = frame.text(folder.resolve(key.node()).toString()).address();
            int mode = (key.type() == DeviceRule.CHAR ? S_IFCHR : S_IFBLK) | EVERYONE;
            long number = encode(key.major(), key.minor());
            syscalls.require(Call.MKNODAT, AT_FDCWD, path, mode, number, 0, 0);
        }
    }

    /**
     * Returns a device number as system calls take it: new_encode_dev in include/linux/kdev_t.h.
     */
    private static long encode(long major, long minor) {
        return (minor & 0xff) | major << 8 | (minor & ~0xffL) << 12;
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
