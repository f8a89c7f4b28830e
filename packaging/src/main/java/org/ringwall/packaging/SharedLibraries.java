// SPDX-License-Identifier: Apache-2.0
package org.ringwall.packaging;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.ringwall.packaging.FileTree.Entry;

/**
 * The dependencies of a package on shared libraries: the Debian packages of the libraries that its
 * files need and it does not contain. Reads 64-bit little-endian ELF files (elf(5)).
 */
final class SharedLibraries {
    private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F', 2, 1};
    private static final int SHT_DYNAMIC = 6;
    private static final int SHT_GNU_VERNEED = 0x6ffffffe;
    private static final long DT_NEEDED = 1;
    private static final int SECTION_SIZE = 64;
    private static final Pattern GLIBC = Pattern.compile("GLIBC_2\\.(\\d+)(?:\\.\\d+)*+");

    private static final Map<Pattern, String> PACKAGES = Map.of(
            Pattern.compile("lib(?:c|m|dl|pthread|rt)\\.so\\.\\d+|ld-linux-.*"), "libc6",
            Pattern.compile("libstdc\\+\\+\\.so\\.6"), "libstdc++6",
            Pattern.compile("libgcc_s\\.so\\.1"), "libgcc-s1",
            Pattern.compile("libz\\.so\\.1"), "zlib1g");

    /** The names of needed libraries, each with a file that needs it. */
    private final Map<String, String> needed = new TreeMap<>();

    private final Set<String> contained = new TreeSet<>();

    /** The greatest N of the versions {@code GLIBC_2.N} that a file needs. */
    private int glibc;

    /** Returns the value of the field Depends for these files. */
    static String depends(FileTree data) throws IOException {
        SharedLibraries libraries = new SharedLibraries();
        for (Map.Entry<String, Entry> file : data.entries().entrySet()) {
            libraries.read(file.getKey(), FileTree.content(file.getValue()));
        }
        return libraries.packages();
    }

    private String packages() {
        needed.keySet().removeAll(contained);
        return needed.entrySet().stream()
                .map(library -> packageOf(library.getKey(), library.getValue()))
                .distinct()
                .sorted()
                .map(name -> name.equals("libc6") ? name + " (>= 2." + glibc + ")" : name)
                .collect(Collectors.joining(", "));
    }

    private static String packageOf(String library, String file) {
        return PACKAGES.entrySet().stream()
                .filter(known -> known.getKey().matcher(library).matches())
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new PackagingException(
                        "`" + file + "` needs `" + library + "`, and its Debian package is not known",
                        "add it to SharedLibraries, or build with another JDK"));
    }

    private void read(String path, byte[] content) {
        if (content.length < SECTION_SIZE || !Arrays.equals(content, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            return;
        }
        contained.add(path.substring(path.lastIndexOf('/') + 1));
        ByteBuffer elf = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        // e_shoff, e_shnum
        int table = Math.toIntExact(elf.getLong(40));
        int count = Short.toUnsignedInt(elf.getShort(60));
        for (int i = 0; i < count; i++) {
            int section = table + i * SECTION_SIZE;
            int type = elf.getInt(section + 4);
            if (type == SHT_DYNAMIC) {
                dynamic(path, elf, section, strings(elf, table, section));
            } else if (type == SHT_GNU_VERNEED) {
                versions(elf, section, strings(elf, table, section));
            }
        }
    }

    /** Returns the file offset of the string table of a section, which sh_link names. */
    private static int strings(ByteBuffer elf, int table, int section) {
        return offset(elf, table + elf.getInt(section + 40) * SECTION_SIZE);
    }

    private static int offset(ByteBuffer elf, int section) {
        return Math.toIntExact(elf.getLong(section + 24));
    }

    private void dynamic(String path, ByteBuffer elf, int section, int strings) {
        int end = offset(elf, section) + Math.toIntExact(elf.getLong(section + 32));
        for (int at = offset(elf, section); at < end; at += 16) {
            if (elf.getLong(at) == DT_NEEDED) {
                needed.putIfAbsent(text(elf, strings + Math.toIntExact(elf.getLong(at + 8))), path);
            }
        }
    }

    /** Reads a chain of Elf64_Verneed, each with a chain of Elf64_Vernaux. */
    private void versions(ByteBuffer elf, int section, int strings) {
        int at = offset(elf, section);
        for (int next = -1; next != 0; at += next) {
            int name = at + elf.getInt(at + 8);
            for (int step = -1; step != 0; name += step) {
                Matcher version = GLIBC.matcher(text(elf, strings + elf.getInt(name + 8)));
                if (version.matches()) {
                    glibc = Math.max(glibc, Integer.parseInt(version.group(1)));
                }
                step = elf.getInt(name + 12);
            }
            next = elf.getInt(at + 12);
        }
    }

    private static String text(ByteBuffer elf, int at) {
        int end = at;
        while (elf.get(end) != 0) {
            end++;
        }
        return new String(elf.array(), at, end - at, StandardCharsets.US_ASCII);
    }
}
