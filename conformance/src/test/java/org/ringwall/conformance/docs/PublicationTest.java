// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks that the poms have what artifact repositories require. */
final class PublicationTest {
    private static final Pattern MODULE = Pattern.compile("<module>([\\w-]+)</module>");

    /** A dependency on another module with the scope of what users get. */
    private static final Pattern NEEDED = Pattern.compile(
            "<groupId>org\\.ringwall</groupId><artifactId>ringwall-([\\w-]+)</artifactId></dependency>");

    private static String pom(String module) {
        try {
            return Files.readString(Document.root().resolve(Path.of(module, "pom.xml")));
        } catch (IOException e) {
            throw new IllegalStateException(module + " has no pom", e);
        }
    }

    static Set<String> modules() {
        return found(MODULE, pom("")).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(result -> result.group(1));
    }

    private static boolean isPublished(String module) {
        return !pom(module).contains("<ringwall.unpublished>true</ringwall.unpublished>");
    }

    @ParameterizedTest
    @MethodSource("modules")
    void everyModuleHasANameAndADescription(String module) {
        assertThat(pom(module))
                .containsPattern("\n  <name>Ringwall [^<]+</name>\n")
                .containsPattern("\n  <description>[A-Z][^<]+\\.</description>\n");
    }

    @Test
    void theParentPomHasTheRemainingMetadata() {
        assertThat(pom(""))
                .contains("\n  <url>", "\n  <licenses>", "\n  <developers>", "\n  <scm ", "<developerConnection>")
                .doesNotContain("<email>");
    }

    @Test
    void publishedModulesDependOnPublishedModulesOnly() {
        Set<String> published =
                modules().stream().filter(PublicationTest::isPublished).collect(Collectors.toCollection(TreeSet::new));
        assertThat(published)
                .containsExactly(
                        "archetype",
                        "bpf",
                        "bundle",
                        "compiler",
                        "grammar",
                        "host",
                        "machine",
                        "maven-plugin",
                        "native",
                        "registry",
                        "runtime-loader");
        for (String module : published) {
            assertThat(found(NEEDED, pom(module))).as(module).isSubsetOf(published);
        }
    }
}
