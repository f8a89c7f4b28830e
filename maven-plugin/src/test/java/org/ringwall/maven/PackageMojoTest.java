// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.artifact.DefaultArtifact;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.api.Ringwall;

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
        PackageMojo goal = project.goal(new PackageMojo());
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
                        "objects/mail.o",
                        "objects/net/web.o",
                        "sources/_parent/common.wall",
                        "sources/feed.txt",
                        "sources/src/main/wall/mail.wall",
                        "sources/src/main/wall/net/web.wall");
        byte[] web = Files.readAllBytes(project.objects().resolve("net/web.o"));
        assertThat(content().get("objects/net/web.o")).isEqualTo(web);
        assertThat(new String(content().get("manifest.json"), StandardCharsets.UTF_8))
                .startsWith("{\n  \"format\": 1,\n  \"module\": \"org.example:agents\",\n  \"version\": \"7\",\n"
                        + "  \"tool\": \"ringwallc " + Ringwall.version() + "\",\n  \"policies\": [\n")
                .contains("      \"policy\": \"web\",\n      \"object\": \"objects/net/web.o\",\n      \"sha256\": \""
                        + FileState.digest(web) + "\",\n      \"hooks\": [\n")
                .contains("\"sources/src/main/wall/net/web.wall\",\n        \"sources/_parent/common.wall\"");
        assertThat(artifact.getFile()).isEqualTo(archive().toFile());
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
    void refusesObjectsThatTheGoalCompileDidNotWrite() throws Exception {
        assertThatThrownBy(() -> pack("wallpack")).hasMessageContaining("run the goal compile before");
        make();
        Path object = project.objects().resolve("mail.o");
        Files.write(object, new byte[] {0x7f, 'E', 'L', 'F'});
        assertThatThrownBy(() -> pack("wallpack"))
                .hasMessageContaining("is not the object that the goal compile wrote");
    }

    @Test
    void isTheArtifactOnlyInTheProperPackaging() throws Exception {
        project.goal(new CompileMojo()).execute();
        pack("jar");
        assertThat(archive()).exists();
        assertThat(artifact.getFile()).isNull();
    }
}
