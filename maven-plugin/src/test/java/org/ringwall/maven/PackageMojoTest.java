// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.artifact.DefaultArtifact;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.project.MavenProject;
import org.apache.maven.project.MavenProjectHelper;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.api.Ringwall;
import org.ringwall.testkit.Command;

final class PackageMojoTest {
    private static final String WEB = """
        policy web
        include "../../../../../common.wall"
        egress { allow if remote.ip in feed; default deny }
        """;

    @TempDir
    private Path parent = Path.of("");

    private final RecordingLog log = new RecordingLog();
    private Project project = new Project(Path.of(""), log);
    private final Artifact artifact = new DefaultArtifact("org.example", "agents", "7", null, "wallpack", "", null);

    @BeforeEach
    void begin() throws Exception {
        fill("one");
    }

    private void fill(String checkout) throws Exception {
        project = new Project(parent.resolve(checkout).resolve("module"), log);
        project.policy("net/web.wall", WEB);
        project.policy("mail.wall", "policy mail\negress { default deny }\n");
        Files.writeString(project.folder().resolveSibling("common.wall"), "set feed = file \"module/feed.txt\"\n");
        project.write("feed.txt", "192.0.2.1\n");
    }

    private Path archive() {
        return project.folder().resolve("target/agents-7.wallpack");
    }

    private void make() throws Exception {
        project.goal(new CompileMojo()).execute();
        pack("wallpack");
    }

    private void pack(String packaging) throws Exception {
        pack(project.goal(new PackageMojo()), packaging);
    }

    private void pack(PackageMojo goal, String packaging) throws Exception {
        Parameters.set(goal, "archive", archive().toFile());
        Parameters.set(goal, "artifact", artifact);
        Parameters.set(goal, "packaging", packaging);
        goal.execute();
    }

    private Map<String, byte[]> content() throws Exception {
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new ByteArrayInputStream(Files.readAllBytes(archive())))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                assertThat(entry.getLastModifiedTime()).isEqualTo(FileTime.fromMillis(0));
                assertThat(List.of(entry.getLongUserId(), entry.getLongGroupId()))
                        .containsOnly(0L);
                assertThat(entry.getMode()).isEqualTo(0100644);
                files.put(entry.getName(), tar.readAllBytes());
            }
        }
        return files;
    }

    @Test
    void containsObjectsSourcesAndAManifest() throws Exception {
        make();
        assertThat(content().keySet())
                .containsExactly(
                        "manifest.json",
                        "objects/mail/5.10-big.o",
                        "objects/mail/5.10-little.o",
                        "objects/web/5.10-big.o",
                        "objects/web/5.10-little.o",
                        "sbom.cdx.json",
                        "sources/_parent/common.wall",
                        "sources/feed.txt",
                        "sources/src/main/wall/mail.wall",
                        "sources/src/main/wall/net/web.wall");
        assertThat(content().get("objects/web/5.10-little.o"))
                .isEqualTo(Files.readAllBytes(project.objects().resolve("net/web.o")));
        assertThat(manifest())
                .startsWith("{\"format\":1,\"name\":\"org.example:agents\",\"version\":\"7\",\"tool\":\"ringwallc "
                        + Ringwall.version() + "\",\"contract\":\"1\",\"policies\":[{\"name\":\"mail\",")
                .contains("\"sources\":[\"sources/src/main/wall/net/web.wall\",\"sources/_parent/common.wall\","
                        + "\"sources/feed.txt\"]");
        assertThat(artifact.getFile()).isEqualTo(archive().toFile());
    }

    private String manifest() throws Exception {
        return new String(content().get("manifest.json"), StandardCharsets.UTF_8);
    }

    @Test
    void compilesForEverySetOfTargets() throws Exception {
        project.policy("mail.wall", """
                policy mail
                requires kernel 6.1
                param p : port in 1..9 = 1
                egress { deny EACCES if remote.port == p; default allow }
                """);
        PackageMojo goal = project.goal(new PackageMojo());
        Parameters.set(goal, "targetSets", List.of("6.1, 6.12", "6.12", "  "));
        Parameters.set(goal, "targets", List.of("6.1"));
        Parameters.set(goal, "bundleName", "agents of all kinds");
        Parameters.set(goal, "params", Map.of("p", "3"));
        CompileMojo compile = project.goal(new CompileMojo());
        Parameters.set(compile, "targets", List.of("6.1"));
        Parameters.set(compile, "params", Map.of("p", "3"));
        compile.execute();
        pack(goal, "wallpack");
        assertThat(manifest())
                .contains("\"name\":\"agents of all kinds\"")
                .contains("{\"name\":\"p\",\"type\":\"port\",\"min\":1,\"max\":9,\"default\":3}")
                .contains(
                        "\"path\":\"objects/mail/6.1-little.o\",\"endian\":\"little\",\"targets\":[\"6.1\",\"6.12\"]");
        Parameters.set(goal, "targetSets", List.of("5.10"));
        assertThatThrownBy(() -> pack(goal, "wallpack"))
                .isInstanceOf(MojoFailureException.class)
                .hasMessage("a policy does not compile for all targets");
        assertThat(log.of("error")).anyMatch(line -> line.contains("mail.wall:["));
        Parameters.set(goal, "targetSets", List.of("five"));
        assertThatThrownBy(() -> pack(goal, "wallpack"))
                .hasMessage("`five` is not a kernel version; write one such as 5.10 in targetSets");
    }

    @Test
    void twoPoliciesOfOneNameFitNoBundle() throws Exception {
        project.policy("net/post.wall", "policy mail\negress { default deny }\n");
        project.goal(new CompileMojo()).execute();
        assertThatThrownBy(() -> pack("wallpack"))
                .hasMessage("`src/main/wall/mail.wall` and `src/main/wall/net/post.wall` are both policy `mail`;"
                        + " rename one of them, or make two bundles");
    }

    @Test
    void isUpToDateUntilSomethingChanges() throws Exception {
        make();
        pack("wallpack");
        assertThat(log.of("info")).anyMatch(line -> line.contains("Nothing to package - "));
        assertThat(artifact.getFile()).isEqualTo(archive().toFile());
        byte[] first = Files.readAllBytes(archive());
        Files.write(archive(), new byte[3]);
        pack("wallpack");
        assertThat(archive()).hasBinaryContent(first);
        project.write("feed.txt", "192.0.2.2\n");
        assertThatThrownBy(() -> pack("wallpack"))
                .hasMessageContaining("feed.txt` has changed since the goal compile; run the goal again");
        make();
        assertThat(Files.readAllBytes(archive())).isNotEqualTo(first);
    }

    @Test
    void hasTheSameBytesWheneverItIsBuilt() throws Exception {
        make();
        byte[] first = Files.readAllBytes(archive());
        FileTime old = FileTime.from(Instant.now().minusSeconds(1000));
        Files.setLastModifiedTime(archive(), old);
        make();
        assertThat(Files.getLastModifiedTime(archive()))
                .as("nothing is rewritten")
                .isEqualTo(old);

        fill("two");
        for (String file : Project.files(project.sources())) {
            Files.setLastModifiedTime(project.sources().resolve(file), old);
        }
        make();
        assertThat(archive()).hasBinaryContent(first);
    }

    @Test
    void isWhatRingwallcBundleWrites() throws Exception {
        project.policy("net/web.wall", WEB.replace("../../../../../common.wall", "../common.wall"));
        project.policy("common.wall", "set feed = file \"../../../feed.txt\"\n");
        make();
        Path out = parent.resolve("ringwallc.wallpack");
        Command.run(
                        project.folder(),
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.ringwall.compiler.cli.Ringwallc",
                        "bundle",
                        "--name",
                        "org.example:agents",
                        "--version",
                        "7",
                        "-o",
                        out.toString(),
                        "src/main/wall/mail.wall",
                        "src/main/wall/net/web.wall")
                .succeeded();
        assertThat(archive()).hasSameBinaryContentAs(out);
    }

    @Test
    void refusesObjectsThatTheGoalCompileDidNotWrite() throws Exception {
        assertThatThrownBy(() -> pack("wallpack")).hasMessageContaining("run the goal compile before");
        make();
        Path object = project.objects().resolve("mail.o");
        Files.write(object, new byte[] {0x7f, 'E', 'L', 'F'});
        assertThatThrownBy(() -> pack("wallpack"))
                .hasMessageContaining("is not the object that the goal compile wrote");
    }

    @Test
    void isAnAdditionalArtifactInAnotherPackaging() throws Exception {
        project.goal(new CompileMojo()).execute();
        List<String> attached = new ArrayList<>();
        PackageMojo goal = project.goal(new PackageMojo());
        MavenProject jar = new MavenProject();
        Parameters.set(goal, "mavenProject", jar);
        Parameters.set(
                goal,
                "attachments",
                Proxy.newProxyInstance(
                        MavenProjectHelper.class.getClassLoader(),
                        new Class<?>[] {MavenProjectHelper.class},
                        (proxy, method, values) -> {
                            assertThat(values[0]).isSameAs(jar);
                            attached.add(method.getName() + " " + values[1] + " " + values[2]);
                            return null;
                        }));
        pack(goal, "jar");
        assertThat(artifact.getFile()).isNull();
        assertThat(attached).containsExactly("attachArtifact wallpack " + archive());
    }
}
