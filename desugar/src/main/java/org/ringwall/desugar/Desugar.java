// SPDX-License-Identifier: Apache-2.0
package org.ringwall.desugar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;

/**
 * A rewriter of class files that replaces the {@code invokedynamic} of lambdas, and of the `equals`
 * and `hashCode` of records, with ordinary code. Rewriting is idempotent.
 */
public final class Desugar {
    private static final String SUFFIX = ".class";

    private Desugar() {}

    /**
     * Rewrites the class files in each folder, such as {@code target/classes}.
     *
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] folders) throws IOException {
        for (String folder : folders) {
            rewrite(Path.of(folder));
        }
    }

    /** Rewrites the class files in a folder. A missing folder is treated as empty. */
    private static void rewrite(Path folder) throws IOException {
        Map<String, byte[]> before = new TreeMap<>();
        if (Files.isDirectory(folder)) {
            for (Path file : classFiles(folder)) {
                before.put(internalName(folder, file), Files.readAllBytes(file));
            }
        }
        Map<String, byte[]> after = plain(before);
        for (String name : before.keySet()) {
            if (!after.containsKey(name)) {
                Files.delete(folder.resolve(name + SUFFIX));
            }
        }
        for (Map.Entry<String, byte[]> plain : after.entrySet()) {
            if (plain.getValue() != before.get(plain.getKey())) {
                Files.write(folder.resolve(plain.getKey() + SUFFIX), plain.getValue());
            }
        }
    }

    private static List<Path> classFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(SUFFIX)).toList();
        }
    }

    private static String internalName(Path folder, Path file) {
        String name = folder.relativize(file).toString().replace('\\', '/');
        return name.substring(0, name.length() - SUFFIX.length());
    }

    /**
     * Returns the rewritten classes and those generated for their lambdas, by internal name. A
     * class that needs no change keeps the same array.
     *
     * <p>The input may contain classes of lambdas that an earlier run generated. They are kept if
     * their class is unchanged since that run, and removed if javac has compiled it again.
     */
    public static Map<String, byte[]> plain(Map<String, byte[]> classes) {
        Map<String, byte[]> all = new TreeMap<>(classes);
        for (Map.Entry<String, byte[]> each : classes.entrySet()) {
            Map<String, byte[]> plain = PlainClass.of(each.getValue());
            if (!plain.isEmpty()) {
                all.keySet().removeIf(name -> name.startsWith(each.getKey() + PlainClass.INFIX));
                all.putAll(plain);
            }
        }
        Map<String, Set<String>> nests = new TreeMap<>();
        all.forEach((name, bytes) -> {
            if (name.contains(PlainClass.INFIX)) {
                nests.computeIfAbsent(nest(bytes), host -> new LinkedHashSet<>())
                        .add(name);
            }
        });
        nests.forEach((host, members) -> all.computeIfPresent(host, (name, bytes) -> withMembers(bytes, members)));
        return all;
    }

    private static String nest(byte[] bytes) {
        String[] host = {""};
        new ClassReader(bytes)
                .accept(
                        new ClassVisitor(Opcodes.ASM9) {
                            @Override
                            public void visitNestHost(String name) {
                                host[0] = name;
                            }
                        },
                        ClassReader.SKIP_CODE);
        return host[0];
    }

    /** Adds the missing nest members to a class. Returns the same array if none is missing. */
    private static byte[] withMembers(byte[] bytes, Set<String> members) {
        Set<String> missing = new LinkedHashSet<>(members);
        ClassReader reader = new ClassReader(bytes);
        ClassWriter writer = new ClassWriter(0);
        reader.accept(
                new ClassVisitor(Opcodes.ASM9, writer) {
                    @Override
                    public void visitNestMember(String name) {
                        missing.remove(name);
                        super.visitNestMember(name);
                    }

                    @Override
                    public void visitEnd() {
                        missing.forEach(super::visitNestMember);
                        super.visitEnd();
                    }
                },
                0);
        return missing.isEmpty() ? bytes : writer.toByteArray();
    }
}
