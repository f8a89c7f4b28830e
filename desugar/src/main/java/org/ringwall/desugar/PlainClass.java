// SPDX-License-Identifier: Apache-2.0
package org.ringwall.desugar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * One class rewritten without {@code invokedynamic} for lambdas and records, and the classes
 * generated for its lambdas.
 */
final class PlainClass extends ClassVisitor {
    /** The infix between the name of a class and the number of one of its lambdas. */
    static final String INFIX = "$$Lambda";

    private static final String LAMBDAS = "java/lang/invoke/LambdaMetafactory";
    private static final String RECORDS = "java/lang/runtime/ObjectMethods";

    private final ClassWriter writer;
    private final String name;
    private final Map<String, byte[]> lambdas = new LinkedHashMap<>();
    private final List<Runnable> methods = new ArrayList<>();
    private boolean changed;
    private String nest;

    private PlainClass(ClassReader reader, ClassWriter writer) {
        super(Opcodes.ASM9, writer);
        this.writer = writer;
        name = reader.getClassName();
        nest = name;
    }

    /**
     * Returns the rewritten class and those of its lambdas, by internal name, or an empty map if
     * the class needs no change.
     */
    static Map<String, byte[]> of(byte[] bytes) {
        ClassReader reader = new ClassReader(bytes);
        PlainClass plain = new PlainClass(reader, new ClassWriter(0));
        reader.accept(plain, 0);
        if (!plain.changed) {
            return Map.of();
        }
        Map<String, byte[]> all = new LinkedHashMap<>(plain.lambdas);
        all.put(plain.name, plain.writer.toByteArray());
        return all;
    }

    @Override
    public void visitNestHost(String host) {
        nest = host;
        super.visitNestHost(host);
    }

    @Override
    public MethodVisitor visitMethod(
            int access, String method, String type, @Nullable String signature, String @Nullable [] exceptions) {
        MethodVisitor code = super.visitMethod(access, method, type, signature, exceptions);
        return new MethodVisitor(Opcodes.ASM9, code) {
            @Override
            public void visitInvokeDynamicInsn(String called, String site, Handle bootstrap, Object... arguments) {
                if (bootstrap.getOwner().equals(LAMBDAS) && bootstrap.getName().equals("metafactory")) {
                    String made = lambda(called, site, arguments);
                    visitMethodInsn(Opcodes.INVOKESTATIC, made, LambdaClass.FACTORY, site, false);
                } else if (bootstrap.getOwner().equals(RECORDS) && !called.equals("toString")) {
                    methods.add(() -> recordMethod(called, site, arguments));
                    visitMethodInsn(Opcodes.INVOKESTATIC, name, RecordMethod.PREFIX + called, site, false);
                } else {
                    super.visitInvokeDynamicInsn(called, site, bootstrap, arguments);
                }
            }
        };
    }

    /**
     * Generates the class of a lambda from the static arguments of
     * {@code LambdaMetafactory.metafactory}.
     */
    private String lambda(String method, String site, Object... arguments) {
        changed = true;
        String made = name + INFIX + (lambdas.size() + 1);
        LambdaClass lambda = new LambdaClass(
                made, nest, method, Type.getMethodType(site), (Type) arguments[0], (Handle) arguments[1], (Type)
                        arguments[2]);
        lambdas.put(made, lambda.bytes());
        return made;
    }

    /**
     * Writes a method of a record. The arguments are the record's class, the names of its
     * components and their getters.
     */
    private void recordMethod(String called, String site, Object... arguments) {
        changed = true;
        RecordMethod method = new RecordMethod(
                name, Arrays.stream(arguments).skip(2).map(Handle.class::cast).toList());
        if (called.equals("equals")) {
            method.writeEquals(writer, site);
        } else {
            method.writeHashCode(writer, site);
        }
    }

    @Override
    public void visitEnd() {
        methods.forEach(Runnable::run);
        super.visitEnd();
    }
}
