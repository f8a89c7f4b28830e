// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The supported interface of a module: the public and protected members of the packages that it
 * exports to every module.
 *
 * @param packages the exported packages
 * @param types the public types in them
 */
public record ApiSurface(Set<String> packages, List<Class<?>> types) {
    /** Methods that every type has. */
    private static final Set<String> OF_OBJECT = Set.of("equals", "hashCode", "toString");

    public ApiSurface {
        packages = Set.copyOf(packages);
        types = List.copyOf(types);
    }

    /** Returns the surface of the module whose class files are in a folder. */
    public static ApiSurface of(Path classes) throws IOException, ClassNotFoundException {
        try (InputStream in = Files.newInputStream(classes.resolve("module-info.class"))) {
            Set<String> packages = ModuleDescriptor.read(in).exports().stream()
                    .filter(exported -> !exported.isQualified())
                    .map(ModuleDescriptor.Exports::source)
                    .collect(Collectors.toCollection(TreeSet::new));
            return of(classes, packages);
        }
    }

    private static ApiSurface of(Path classes, Set<String> packages) throws IOException, ClassNotFoundException {
        List<Class<?>> types = new ArrayList<>();
        for (String name : packages) {
            try (Stream<Path> files = Files.list(classes.resolve(name.replace('.', '/')))) {
                for (Path file : files.sorted().toList()) {
                    String simple = file.getFileName().toString().replaceFirst("\\.class$", "");
                    Class<?> type = Class.forName(name + "." + simple, false, ApiSurface.class.getClassLoader());
                    if (isVisible(type)) {
                        types.add(type);
                    }
                }
            }
        }
        return new ApiSurface(packages, types);
    }

    private static boolean isVisible(Class<?> type) {
        boolean self = Modifier.isPublic(type.getModifiers()) && !type.isSynthetic();
        return self && (type.getEnclosingClass() == null || isVisible(type.getEnclosingClass()));
    }

    /**
     * Returns each use of a type that is neither of the JDK nor exported, as {@code MEMBER: TYPE}.
     */
    public List<String> leaks() {
        List<String> leaks = new ArrayList<>();
        for (Class<?> type : types) {
            inspect(leaks, type, type.getGenericSuperclass());
            Stream.of(type.getGenericInterfaces()).forEach(each -> inspect(leaks, type, each));
            Stream.of(type.getDeclaredFields()).filter(ApiSurface::isOpen).forEach(field -> inspect(leaks, field));
            Stream.of(type.getDeclaredConstructors())
                    .filter(ApiSurface::isOpen)
                    .forEach(constructor -> inspect(leaks, constructor));
            Stream.of(type.getDeclaredMethods()).filter(ApiSurface::isOpen).forEach(method -> inspect(leaks, method));
        }
        return leaks;
    }

    private static boolean isOpen(Field field) {
        return isOpen(field.getModifiers()) && !field.isSynthetic();
    }

    private static boolean isOpen(Executable member) {
        return isOpen(member.getModifiers()) && !member.isSynthetic();
    }

    private static boolean isOpen(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private void inspect(List<String> leaks, AnnotatedElement member) {
        List<Type> used = new ArrayList<>();
        if (member instanceof Field field) {
            used.add(field.getGenericType());
        } else if (member instanceof Method method) {
            used.add(method.getGenericReturnType());
        }
        if (member instanceof Executable executable) {
            used.addAll(List.of(executable.getGenericParameterTypes()));
            used.addAll(List.of(executable.getGenericExceptionTypes()));
        }
        used.forEach(type -> inspect(leaks, member, type));
    }

    /**
     * Adds the classes of a type that callers cannot use. The superclass of an interface is null.
     */
    private void inspect(List<String> leaks, AnnotatedElement member, Type type) {
        if (type instanceof Class<?> simple) {
            Class<?> element = simple.isArray() ? simple.getComponentType() : simple;
            String name = element.getPackageName();
            if (!name.startsWith("java.") && !packages.contains(name)) {
                leaks.add(member + ": " + element.getName());
            }
        } else if (type instanceof ParameterizedType generic) {
            inspect(leaks, member, generic.getRawType());
            Stream.of(generic.getActualTypeArguments()).forEach(each -> inspect(leaks, member, each));
        } else if (type instanceof GenericArrayType array) {
            inspect(leaks, member, array.getGenericComponentType());
        } else if (type instanceof WildcardType wildcard) {
            Stream.of(wildcard.getUpperBounds()).forEach(each -> inspect(leaks, member, each));
            Stream.of(wildcard.getLowerBounds()).forEach(each -> inspect(leaks, member, each));
        } else if (type instanceof TypeVariable<?> variable) {
            Stream.of(variable.getBounds())
                    .filter(bound -> !(bound instanceof TypeVariable<?>) && bound != Object.class)
                    .forEach(each -> inspect(leaks, member, each));
        }
    }

    /**
     * Fails the test if the surface differs from {@code testdata/api/NAME.txt}, so that no change
     * of a supported interface goes unnoticed; {@code -Dgolden.update=true} records it instead.
     */
    public void checkRecorded(String name) throws IOException {
        Path file = GoldenCase.projectRoot().resolve("testdata/api/" + name + ".txt");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(file, text());
        }
        assertThat(text()).as(file.toString()).isEqualTo(Files.readString(file));
    }

    /** Returns the types, one a line, each followed by its members in order. */
    private String text() {
        StringBuilder text = new StringBuilder();
        for (Class<?> type : types) {
            text.append(type.toGenericString()).append('\n');
            Set<String> members = new TreeSet<>();
            Stream.of(type.getDeclaredFields())
                    .filter(ApiSurface::isOpen)
                    .forEach(field -> members.add(field.toGenericString()));
            Stream.of(type.getDeclaredConstructors())
                    .filter(ApiSurface::isOpen)
                    .forEach(constructor -> members.add(constructor.toGenericString()));
            Stream.of(type.getDeclaredMethods())
                    .filter(ApiSurface::isOpen)
                    .filter(method -> !OF_OBJECT.contains(method.getName()))
                    .forEach(method -> members.add(method.toGenericString()));
            members.forEach(member -> text.append("  ").append(member).append('\n'));
        }
        return text.toString();
    }
}
