// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.place;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelectorTest {
    @TempDir
    Path top = Path.of("");

    private void make(String... paths) throws IOException {
        for (String path : paths) {
            Files.createDirectories(top.resolve(path));
        }
    }

    private List<String> found(Selector selector) {
        return selector.find(top).cgroups().stream()
                .map(path -> top.relativize(path).toString())
                .toList();
    }

    private List<String> watched(Selector selector) {
        return selector.find(top).watched().stream()
                .map(path -> top.relativize(path).toString())
                .sorted()
                .toList();
    }

    @Test
    void aUnitIsFoundInItsSliceAlone() throws IOException {
        make(
                "system.slice/nginx.service/worker",
                "user.slice/user-1000.slice/user@1000.service/app.slice/nginx.service",
                "system.slice/evil.service/nginx.service",
                "system.slice/evil.service/system-evil.slice/nginx.service",
                "machine/nginx.service",
                "machine.slice/fake.slice/nginx.service");
        assertThat(found(new Selector.ByUnit("nginx.service"))).containsExactly("system.slice/nginx.service");
        assertThat(watched(new Selector.ByUnit("nginx.service")))
                .containsExactly("", "machine.slice", "system.slice", "user.slice", "user.slice/user-1000.slice");
    }

    @Test
    void aSliceIsFoundAsAUnit() throws IOException {
        make("a.slice/a-b.slice/a-b-c.slice", "a.slice/b.slice");
        assertThat(found(new Selector.ByUnit("a-b.slice"))).containsExactly("a.slice/a-b.slice");
        assertThat(found(new Selector.ByUnit("a-b-c.slice"))).containsExactly("a.slice/a-b.slice/a-b-c.slice");
        assertThat(found(new Selector.ByUnit("b.slice"))).isEmpty();
    }

    @Test
    void findsAUnitNameThatSystemdEscapes() throws IOException {
        make("system.slice/_memory.service");
        assertThat(found(new Selector.ByUnit("memory.service"))).containsExactly("system.slice/_memory.service");
    }

    @Test
    void findsInstancesOfATemplateUnit() throws IOException {
        make("system.slice/system-web.slice/web@1.service", "system.slice/system-web.slice/web@2.service");
        assertThat(found(new Selector.ByUnit("web@?.service")))
                .containsExactly(
                        "system.slice/system-web.slice/web@1.service", "system.slice/system-web.slice/web@2.service");
        assertThat(found(new Selector.ByUnit("web@2.service")))
                .containsExactly("system.slice/system-web.slice/web@2.service");
    }

    @Test
    void aPathPatternMatchesEachComponent() throws IOException {
        make("batch/job-1/deep", "batch/job-2", "batch/jobs", "other/job-3");
        Files.createSymbolicLink(top.resolve("batch/job-4"), top.resolve("other"));
        Files.createFile(top.resolve("batch/job-5"));
        assertThat(found(new Selector.ByPath("batch/job-*"))).containsExactly("batch/job-1", "batch/job-2");
        assertThat(found(new Selector.ByPath("*/job-?"))).containsExactly("batch/job-1", "batch/job-2", "other/job-3");
        assertThat(watched(new Selector.ByPath("batch/job-1/deep"))).containsExactly("", "batch", "batch/job-1");
        assertThat(found(new Selector.ByPath("batch.job-1"))).isEmpty();
        assertThat(watched(new Selector.ByPath("none/below"))).containsExactly("");
    }

    @Test
    void onlyAPatternOrAUnitMayBeAbsent() {
        assertThat(new Selector.ByPath("web.slice").mayBeAbsent()).isFalse();
        assertThat(new Selector.ByPath("web-*.slice").mayBeAbsent()).isTrue();
        assertThat(new Selector.ByUnit("web.service").mayBeAbsent()).isTrue();
    }
}
