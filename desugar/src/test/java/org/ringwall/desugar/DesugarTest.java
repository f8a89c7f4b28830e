// SPDX-License-Identifier: Apache-2.0
package org.ringwall.desugar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

final class DesugarTest {
    private static final String SUGAR = "org/ringwall/desugar/Sugar";

    @TempDir
    Path folder;

    @Test
    void rewrittenClassesBehaveTheSame() throws ReflectiveOperationException {
        List<String> said = new Sugar().get();
        Map<String, byte[]> plain = Desugar.plain(sugar());
        assertThat(said(plain)).isEqualTo(said).hasSizeGreaterThan(60);
        assertThat(said).contains("true", "false", "told text", "INNER", "hello inner", "[added]", "[0, 3, 6]");
    }

    @Test
    void onlyToStringAndConcatenationStayDynamic() {
        Set<String> before = new TreeSet<>();
        sugar().values().forEach(bytes -> before.addAll(dynamic(bytes)));
        assertThat(before).contains("equals", "hashCode", "applyAsInt", "get", "run");
        Set<String> after = new TreeSet<>();
        Desugar.plain(sugar()).values().forEach(bytes -> after.addAll(dynamic(bytes)));
        assertThat(after).isSubsetOf("toString", "makeConcatWithConstants");
    }

    @Test
    void rewritingIsIdempotent() {
        Map<String, byte[]> once = Desugar.plain(sugar());
        Map<String, byte[]> twice = Desugar.plain(once);
        assertThat(twice.keySet()).isEqualTo(once.keySet());
        twice.forEach((name, bytes) -> assertThat(bytes).as(name).isSameAs(once.get(name)));
    }

    @Test
    void recompiledClassesAreRewrittenAgain() throws IOException, ReflectiveOperationException {
        Map<String, byte[]> classes = sugar();
        write(classes);
        Desugar.main(new String[] {folder.toString()});
        Map<String, byte[]> once = read();
        assertThat(said(once)).isEqualTo(new Sugar().get());
        // When a class is compiled again, the generated classes of its lambdas are removed. This
        // includes those of its inner classes, which are generated again.
        Files.write(folder.resolve(SUGAR + ".class"), classes.get(SUGAR));
        Path stale = folder.resolve(SUGAR + PlainClass.INFIX + "999.class");
        Files.write(stale, once.get(SUGAR + PlainClass.INFIX + 1));
        Desugar.main(new String[] {folder.toString()});
        assertThat(stale).doesNotExist();
        assertThat(read().keySet()).isEqualTo(once.keySet());
        assertThat(said(read())).isEqualTo(new Sugar().get());
    }

    @Test
    void aMissingFolderIsIgnored() throws IOException {
        Desugar.main(new String[] {folder.resolve("none").toString()});
        assertThat(folder.resolve("none")).doesNotExist();
    }

    private static Map<String, byte[]> sugar() {
        Map<String, byte[]> classes = new TreeMap<>();
        for (String inner : List.of("", "$Pair", "$Every", "$Nothing", "$Custom", "$Named", "$Inner")) {
            try (InputStream in = Sugar.class.getResourceAsStream("/" + SUGAR + inner + ".class")) {
                classes.put(SUGAR + inner, Objects.requireNonNull(in).readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return classes;
    }

    private void write(Map<String, byte[]> classes) throws IOException {
        for (Map.Entry<String, byte[]> each : classes.entrySet()) {
            Path file = folder.resolve(each.getKey() + ".class");
            Files.createDirectories(file.getParent());
            Files.write(file, each.getValue());
        }
    }

    private Map<String, byte[]> read() throws IOException {
        Map<String, byte[]> classes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(file).toString();
                classes.put(name.substring(0, name.lastIndexOf('.')), Files.readAllBytes(file));
            }
        }
        return classes;
    }

    /** Returns what these classes print, loaded and verified without change. */
    @SuppressWarnings("unchecked")
    private static List<String> said(Map<String, byte[]> classes) throws ReflectiveOperationException {
        ClassLoader loader = new ClassLoader(ClassLoader.getPlatformClassLoader()) {
            @Override
            protected Class<?> findClass(String name) throws ClassNotFoundException {
                byte[] bytes = classes.get(name.replace('.', '/'));
                if (bytes == null) {
                    throw new ClassNotFoundException(name);
                }
                return defineClass(name, bytes, 0, bytes.length);
            }
        };
        Object sugar = loader.loadClass(SUGAR.replace('/', '.'))
                .getDeclaredConstructor()
                .newInstance();
        assertThat(sugar.getClass()).isNotEqualTo(Sugar.class);
        return ((Supplier<List<String>>) sugar).get();
    }

    /** Returns the names of the {@code invokedynamic} call sites. */
    private static Set<String> dynamic(byte[] bytes) {
        Set<String> names = new TreeSet<>();
        new ClassReader(bytes)
                .accept(
                        new ClassVisitor(Opcodes.ASM9) {
                            @Override
                            public MethodVisitor visitMethod(
                                    int access, String name, String type, String signature, String[] exceptions) {
                                return new MethodVisitor(Opcodes.ASM9) {
                                    @Override
                                    public void visitInvokeDynamicInsn(
                                            String called, String site, Handle bootstrap, Object... arguments) {
                                        names.add(called);
                                    }
                                };
                            }
                        },
                        0);
        return names;
    }
}
