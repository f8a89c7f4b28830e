// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.testkit.ApiSurface;

/** A test of what the module exports to every module. */
final class ApiSurfaceTest {
    private static final Path CLASSES = Path.of("target/classes");

    /** Types of `org.ringwall.bpf`, which the module requires transitively. */
    private static final Set<String> ALLOWED = Set.of("org.ringwall.bpf.kernel.Hook");

    @Test
    void exportsOnlyTheSupportedPackages() throws Exception {
        assertThat(ApiSurface.of(CLASSES).packages())
                .containsExactlyInAnyOrder("org.ringwall.loader.api", "org.ringwall.loader.model");
    }

    @Test
    void usesOnlyTypesOfTheJdkAndOfExportedPackages() throws Exception {
        ApiSurface surface = ApiSurface.of(CLASSES);
        assertThat(surface.types()).contains(Loader.class, PolicyObject.class, InstanceStatus.At.class);
        assertThat(surface.leaks()).allMatch(leak -> ALLOWED.contains(leak.replaceFirst(".*: ", "")));
    }

    @Test
    void isAsRecorded() throws Exception {
        ApiSurface.of(CLASSES).checkRecorded("loader");
    }
}
