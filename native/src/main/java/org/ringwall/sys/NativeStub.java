// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.PageManager;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32;
import jnr.ffi.LibraryLoader;

/**
 * The loader of jffi's native library, which all native memory and calls need.
 *
 * <p>By default jffi extracts the library at each start to {@code java.io.tmpdir} or the current
 * directory and loads it by path, where another user may replace it. This class loads it from a
 * file that the build has unpacked, after a check of owner, mode and checksum; jffi then uses the
 * loaded library. Every use of jffi and jnr-ffi begins with a method of this
 * class.
 */
final class NativeStub {
    /**
     * The property with the directory that contains `jni`, for programs that embed the loader and
     * keep its jar elsewhere.
     */
    static final String DIRECTORY = "ringwall.native";

    /** Set for a process in a user namespace by the process that starts it. */
    private static final String VERIFIED = "ringwall.native.verified";

    static final String AGAIN = "install ringwall again, or in a checkout: mvn -Dquickly package";

    private static final String NAME = "libjffi-1.2.so";

    private static boolean loaded;

    private NativeStub() {}

    /**
     * Returns a library whose methods are bound to those of {@code type}.
     *
     * <p>jnr-ffi calls them by reflection. By default it generates a class for each library and
     * assembles machine code for each method at run time, which takes a sixth of a short command.
     */
    static <T> T library(Class<T> type, String name) {
        load();
        System.setProperty("jnr.ffi.asm.enabled", "false");
        return LibraryLoader.create(type).load(name);
    }

    /** Returns access to native memory. */
    static MemoryIO memory() {
        load();
        return MemoryIO.getInstance();
    }

    /** Returns the size of a page in bytes. */
    static long pageSize() {
        load();
        return PageManager.getInstance().pageSize();
    }

    /** Loads the library, once. */
    static synchronized void load() {
        if (!loaded) {
            Path stub = verified(directory(), Machine.current());
            // Where jffi searches for the library although it is loaded, it may only find this one,
            // and extracting another fails.
            System.setProperty("jffi.boot.library.path", String.valueOf(stub.getParent()));
            System.setProperty("jffi.extract.dir", "/dev/null");
            try {
                System.load(stub.toString());
            } catch (UnsatisfiedLinkError e) {
                throw new NativeStubException(
                        "the native library cannot be loaded: " + String.valueOf(e.getMessage()),
                        "install ringwall on a file system that is not mounted noexec, for this machine's C library");
            }
            skipSearch();
            loaded = true;
        }
    }

    /**
     * Lets jffi know that its library is loaded. Otherwise it searches for the library, and starts
     * java.util.logging for that, which takes a fifth of a short command. A jffi without this field
     * searches, and finds the same file.
     */
    private static void skipSearch() {
        try {
            Field field = Class.forName("com.kenai.jffi.Init").getDeclaredField("loaded");
            field.setAccessible(true);
            field.setBoolean(null, true);
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            // The search is slow but right.
        }
    }

    /**
     * Returns the directory of the libraries: next to the jar, or next to the classes of this
     * module.
     */
    private static Path directory() {
        return Optional.ofNullable(System.getProperty(DIRECTORY))
                .map(Path::of)
                .orElseGet(() -> beside(NativeStub.class));
    }

    private static Path beside(Class<?> type) {
        Optional<URL> place = Optional.ofNullable(type.getProtectionDomain().getCodeSource())
                .flatMap(source -> Optional.ofNullable(source.getLocation()));
        try {
            return Path.of(place.orElseThrow(NativeStub::nowhere).toURI()).resolveSibling("native");
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw nowhere();
        }
    }

    private static NativeStubException nowhere() {
        return new NativeStubException(
                "the native library is not found, because the location of ringwall is unknown",
                "-D" + DIRECTORY + "=DIR");
    }

    /**
     * Returns whether the process that started this one has checked the owners of the path. In a
     * user namespace files of root belong to an unknown user, so they cannot be checked there.
     */
    private static boolean verifiedByParent() throws IOException {
        return Boolean.getBoolean(VERIFIED)
                && !Files.readString(Path.of("/proc/self/uid_map")).strip().matches("0\\s+0\\s+4294967295");
    }

    /**
     * Returns a checksum that finds another version and a damaged file. The check of owners keeps
     * other users from replacing the file, and a user who passes it can also replace this class. A
     * cryptographic digest would protect no better, and would take a fifth of a short command.
     */
    private static long checksum(byte[] content) {
        CRC32 sum = new CRC32();
        sum.update(content);
        return sum.getValue();
    }

    /**
     * Returns the library below {@code directory} after checking that no other user can change it
     * and that its content is as expected.
     */
    static Path verified(Path directory, Machine machine) {
        Path named = directory.resolve("jni").resolve(machine.jffiName()).resolve(NAME);
        try {
            Path folder = directory.toRealPath().resolve("jni").resolve(machine.jffiName());
            Path file = folder.resolve(NAME);
            if (file.toString().contains(File.pathSeparator)) {
                throw new NativeStubException(
                        "the native library is not loaded: `" + file + "` has a `" + File.pathSeparator
                                + "` in its path",
                        "install ringwall in another directory");
            }
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                    && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new NativeStubException(
                        "the native library is not loaded: `" + file + "` is not a regular file", AGAIN);
            }
            if (!verifiedByParent()) {
                TrustedPath.ofThisProcess().weakness(file).ifPresent(weakness -> {
                    throw new NativeStubException(
                            "the native library is not loaded: `" + weakness.path() + "` " + weakness.why(),
                            weakness.help());
                });
            }
            if (checksum(Files.readAllBytes(file)) != machine.jffiChecksum()) {
                throw new NativeStubException(
                        "the native library is not loaded: `" + file + "` is not the one with which ringwall was built",
                        "rm -r '" + directory + "', then " + AGAIN);
            }
            return file;
        } catch (NoSuchFileException e) {
            throw new NativeStubException(
                    "the native library is missing: `" + named + "`", "rm -rf '" + directory + "', then " + AGAIN);
        } catch (IOException e) {
            throw new NativeStubException(
                    "the native library cannot be read: " + IoReason.of(e), "check its permissions");
        }
    }
}
