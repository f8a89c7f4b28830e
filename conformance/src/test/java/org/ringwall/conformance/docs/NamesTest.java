// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.compiler.codegen.peephole.Tidy;
import org.ringwall.compiler.ir.opt.Passes;

/** Checks that the packages, classes and members that pages for maintainers name exist. */
final class NamesTest {
    /** `diagram.Variable`, `Hook.returns`, `@KernelTest`, `RunningKernel.needs(5, 18, "…")`. */
    private static final Pattern CLASS =
            Pattern.compile("@?((?:[a-z]\\w*\\.)*)([A-Z]\\w*[a-z]\\w*)((?:\\.\\w+)*)(?:\\(.*\\))?");

    private static final Pattern PACKAGE = Pattern.compile(
            "(?:org\\.ringwall\\.)?((?:bench|bpf|compiler|conformance|host|loader|machine)(?:\\.[a-z]+)+)");

    private static final List<String> PAGES =
            List.of("ARCHITECTURE.md", "CONTRIBUTING.md", "docs/lowering.md", "docs/limits.md", "docs/extending.md");

    /** The Java files of all modules by their names, as `/org/ringwall/bpf/kernel/Hook`. */
    private static final Map<String, List<Path>> SOURCES =
            JavaSources.files().stream().collect(Collectors.groupingBy(NamesTest::name));

    private static String name(Path file) {
        return file.toString().replaceFirst(".*/java/", "/").replaceFirst("\\.java$", "");
    }

    static List<String> pages() {
        return PAGES;
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyClassThatThePageNamesExists(String page) {
        assertThat(named(page, CLASS).filter(name -> !exists(name)).map(MatchResult::group))
                .as("classes and members in %s that do not exist", page)
                .isEmpty();
    }

    private static boolean exists(String word) {
        Matcher matcher = CLASS.matcher(word);
        return matcher.matches() && exists(matcher.toMatchResult());
    }

    private static boolean exists(MatchResult name) {
        String path = "/" + name.group(1).replace('.', '/') + name.group(2);
        List<Path> files = SOURCES.entrySet().stream()
                .filter(source -> source.getKey().endsWith(path))
                .flatMap(source -> source.getValue().stream())
                .toList();
        List<String> members = Pattern.compile("\\w+")
                .matcher(name.group(3))
                .results()
                .map(MatchResult::group)
                .toList();
        return files.isEmpty()
                ? name.group(1).isEmpty() && isOfJava(name.group(2))
                : files.stream().anyMatch(file -> hasAll(file, members));
    }

    private static boolean hasAll(Path file, List<String> members) {
        try {
            String text = Files.readString(file);
            return members.stream()
                    .allMatch(member -> Pattern.compile("\\b" + member + "\\b")
                            .matcher(text)
                            .find());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOfJava(String name) {
        try {
            return Class.forName("java.lang." + name) != null;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyPackageThatThePageNamesExists(String page) {
        assertThat(named(page, PACKAGE)
                        .map(name -> name.group(1))
                        .filter(name -> SOURCES.keySet().stream()
                                .noneMatch(
                                        source -> source.startsWith("/org/ringwall/" + name.replace('.', '/') + "/"))))
                .as("packages in %s that do not exist", page)
                .isEmpty();
    }

    private static Stream<MatchResult> named(String page, Pattern pattern) {
        return Document.words(Document.of(page).prose()).stream()
                .map(pattern::matcher)
                .filter(Matcher::matches)
                .map(Matcher::toMatchResult);
    }

    @Test
    void thePageOnLoweringListsEveryPassAndStep() {
        Document page = Document.of("docs/lowering.md");
        assertThat(Document.words(page.section("Passes"))).containsAll(Passes.names());
        assertThat(Document.words(page.section("Peephole steps"))).containsAll(Tidy.names());
    }

    @Test
    void findsClassesAndPackages() {
        assertThat(named("ARCHITECTURE.md", CLASS)).hasSizeGreaterThan(30);
        assertThat(named("ARCHITECTURE.md", PACKAGE)).hasSizeGreaterThan(10);
        assertThat(Stream.of("bpf.kernel.Hook.returns", "kernel.Hook", "Hook", "@KernelTest", "IllegalStateException"))
                .allMatch(NamesTest::exists);
        assertThat(Stream.of("compiler.Hook", "Hook.noSuchMember", "NoSuchClass"))
                .noneMatch(NamesTest::exists);
    }
}
