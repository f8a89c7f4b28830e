// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.ringwall.testkit.GoldenCase;

/**
 * A test that the module {@code host} uses no more of the loader past its interface than is
 * recorded. The interface is {@code loader.api} and the values that it hands out, {@code
 * loader.model}. Each line of the file is a type of the loader and the number of classes of {@code
 * host} that use it; nested classes count as the class around them. The numbers can only fall:
 * {@code -Dgolden.update=true} writes smaller ones, and refuses larger ones.
 */
@AnalyzeClasses(
        packages = {"org.ringwall.host", "org.ringwall.loader"},
        importOptions = ImportOption.DoNotIncludeTests.class)
final class HostUsesTest {
    private static final String OURS = "org.ringwall.";

    private static final Set<String> SUPPORTED = Set.of("loader.api", "loader.model");

    private static final Path RECORDED =
            GoldenCase.projectRoot().resolve("testdata/architecture/loader-types-used-by-host.txt");

    @ArchTest
    static void theHostUsesNoMoreOfTheLoaderThanIsRecorded(JavaClasses classes) throws IOException {
        Map<String, Integer> used = used(classes);
        // Otherwise the host is not on the class path, and nothing would be compared.
        assertThat(used).containsKey("loader.host.LoaderHost");
        Map<String, Integer> recorded = recorded();
        assertThat(grown(used, recorded))
                .as("use loader.api instead; if it lacks something, add it there with documentation and a test")
                .isEmpty();
        if (Boolean.getBoolean("golden.update")) {
            Files.write(RECORDED, lines(used));
        } else {
            assertThat(recorded)
                    .as("the host uses less of the loader now; record that by -Dgolden.update=true")
                    .isEqualTo(used);
        }
    }

    @ArchTest
    static void aFurtherUseIsFound(JavaClasses classes) {
        Map<String, Integer> used = used(classes);
        Map<String, Integer> less = new TreeMap<>(used);
        less.merge("loader.host.LoaderHost", -1, Integer::sum);
        assertThat(grown(used, less)).containsExactly("loader.host.LoaderHost: " + used.get("loader.host.LoaderHost"));
        less.remove("loader.host.LoaderHost");
        assertThat(grown(used, less)).hasSize(1);
        assertThat(grown(less, used)).isEmpty();
    }

    /** Returns the types that more classes use than is recorded, with the number of classes. */
    private static List<String> grown(Map<String, Integer> used, Map<String, Integer> recorded) {
        return used.entrySet().stream()
                .filter(each -> each.getValue() > recorded.getOrDefault(each.getKey(), 0))
                .map(each -> each.getKey() + ": " + each.getValue())
                .collect(Collectors.toList());
    }

    private static Map<String, Integer> used(JavaClasses classes) {
        Map<String, Set<String>> users = new TreeMap<>();
        for (JavaClass user : classes) {
            if (user.getPackageName().startsWith(OURS + "host")) {
                for (Dependency each : user.getDirectDependenciesFromSelf()) {
                    JavaClass type = each.getTargetClass().getBaseComponentType();
                    if (type.getPackageName().startsWith(OURS + "loader.")
                            && !SUPPORTED.contains(type.getPackageName().substring(OURS.length()))) {
                        users.computeIfAbsent(outermost(type), name -> new TreeSet<>())
                                .add(outermost(user));
                    }
                }
            }
        }
        Map<String, Integer> counts = new TreeMap<>();
        users.forEach((type, all) -> counts.put(type, all.size()));
        return counts;
    }

    private static String outermost(JavaClass type) {
        return type.getName().substring(OURS.length()).replaceFirst("\\$.*", "");
    }

    private static Map<String, Integer> recorded() throws IOException {
        Map<String, Integer> recorded = new TreeMap<>();
        for (String line : Files.readAllLines(RECORDED)) {
            String[] words = line.split(" ", -1);
            recorded.put(words[0], Integer.parseInt(words[1]));
        }
        return recorded;
    }

    private static List<String> lines(Map<String, Integer> counts) {
        return counts.entrySet().stream()
                .map(each -> each.getKey() + " " + each.getValue())
                .collect(Collectors.toList());
    }
}
