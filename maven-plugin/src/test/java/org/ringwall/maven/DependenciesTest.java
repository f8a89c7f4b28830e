// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.artifact.DefaultArtifact;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.PolicyBundle;

/** A test of policies that include files of wallpacks that the project depends on. */
final class DependenciesTest {
    private static final String COMMON = "target/wall/org.example/sets/wall/common.wall";

    @TempDir
    private Path folder = Path.of("");

    private RecordingLog log = new RecordingLog();
    private Project project = new Project(Path.of(""), log);
    private Set<Artifact> artifacts = Set.of();

    @BeforeEach
    void begin() throws Exception {
        project = new Project(folder.resolve("project"), log);
        project.policy("agent.wall", """
                policy agent
                include "../../../target/wall/org.example/sets/wall/common.wall"
                egress { deny if remote.port in closed; default allow }
                test "closed" { connect tcp 192.0.2.1:25 => deny }
                """);
        depend("set closed = { 25 }\n");
    }

    /** Makes the bundle of another project, and lets this one depend on it. */
    private void depend(String common) throws Exception {
        Project other = new Project(folder.resolve("other"), log);
        other.write("wall/common.wall", common);
        other.write(
                "wall/all.wall",
                "policy all\ninclude \"common.wall\"\negress { deny if remote.port in closed; default allow }\n");
        byte[] content = PolicyBundle.compile(
                        "sets",
                        "1",
                        List.of(Path.of("wall/all.wall")),
                        List.of(),
                        new Options(List.of(), ByteOrder.LITTLE_ENDIAN, Map.of(), other.folder()))
                .bundle()
                .orElseThrow()
                .content();
        Path bundle = folder.resolve("repository/sets.wallpack");
        Files.createDirectories(bundle.getParent());
        Files.write(bundle, content);
        artifacts = Set.of(artifact("sets", "wallpack", bundle), artifact("jar", "jar", folder.resolve("none.jar")));
    }

    private static Artifact artifact(String name, String type, Path file) {
        Artifact artifact = new DefaultArtifact("org.example", name, "1", "compile", type, "", null);
        artifact.setFile(file.toFile());
        return artifact;
    }

    private <T extends PolicyMojo> T goal(T goal) {
        log = new RecordingLog();
        project = new Project(project.folder(), log);
        project.goal(goal);
        Parameters.set(
                goal,
                "dependencyDirectory",
                project.folder().resolve("target/wall").toFile());
        Parameters.set(goal, "artifacts", artifacts);
        return goal;
    }

    private void compile() throws Exception {
        goal(new CompileMojo()).execute();
    }

    @Test
    void policiesIncludeFilesOfADependency() throws Exception {
        compile();
        goal(new TestMojo()).execute();
        assertThat(log.of("info")).anyMatch(line -> line.startsWith("Tests run: 1, Failures: 0"));
        Path common = project.folder().resolve(COMMON);
        FileTime time = Files.getLastModifiedTime(common);
        compile();
        assertThat(log.of("info")).containsExactly("Nothing to compile - all objects are up to date");
        assertThat(Files.getLastModifiedTime(common)).as("not unpacked again").isEqualTo(time);

        depend("set closed = { 26 }\n");
        compile();
        assertThat(log.of("info")).singleElement().asString().startsWith("1 policy compiled to ");
        assertThatThrownBy(() -> goal(new TestMojo()).execute()).hasMessageContaining("There are test failures");

        Files.writeString(common, "set closed = { 25 }\n");
        compile();
        assertThat(common).as("a change by hand does not stay").hasContent("set closed = { 26 }\n");
    }

    @Test
    void deletesTheFilesOfAFormerDependency() throws Exception {
        project.policy("agent.wall", "policy agent\negress { default deny }\n");
        compile();
        assertThat(project.folder().resolve(COMMON)).exists();
        artifacts = Set.of();
        compile();
        assertThat(project.folder().resolve("target/wall/org.example/sets")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"..,sets", "org.example,..", ".,.", "../../..,sets", "org.example,a/b", "org.example,''"})
    void refusesADependencyWhoseNameIsAPath(String group, String name) throws Exception {
        Path kept = Files.writeString(project.folder().resolve("target-kept"), "kept");
        Artifact artifact = new DefaultArtifact(group, name, "1", "compile", "wallpack", "", null);
        artifact.setFile(folder.resolve("repository/sets.wallpack").toFile());
        artifacts = Set.of(artifact);
        assertThatThrownBy(this::compile)
                .hasMessage(
                        "the dependency `" + group + ":" + name + "` is refused: its name cannot be that of a folder");
        assertThat(kept).exists();
        assertThat(project.folder().resolve("target/wall")).doesNotExist();
    }

    @Test
    void refusesADamagedBundle() throws Exception {
        Path bundle = folder.resolve("repository/sets.wallpack");
        byte[] content = Files.readAllBytes(bundle);
        String text = new String(content, StandardCharsets.ISO_8859_1);
        content[text.indexOf("set closed")] = 'S';
        Files.write(bundle, content);
        assertThatThrownBy(this::compile)
                .hasMessage(
                        "the dependency `" + bundle + "` is refused: its files are not those that its manifest names;"
                                + " build the bundle again with ringwallc bundle or Maven, and copy it as a whole");
        Files.writeString(bundle, "not a bundle");
        assertThatThrownBy(this::compile).hasMessageContaining("is refused: it is not a bundle");
        Files.delete(bundle);
        assertThatThrownBy(this::compile).hasMessageStartingWith("cannot unpack `" + bundle + "`: No Such File");
    }
}
