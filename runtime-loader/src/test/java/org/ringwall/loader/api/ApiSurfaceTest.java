// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.testkit.ApiSurface;

/** A test of what the module exports to every module. */
final class ApiSurfaceTest {
    private static final Path CLASSES = Path.of("target/classes");

    @Test
    void exportsOnlyTheSupportedPackages() throws Exception {
        assertThat(ApiSurface.of(CLASSES).packages())
                .containsExactlyInAnyOrder("org.ringwall.loader.api", "org.ringwall.loader.model");
    }

    @Test
    void usesOnlyTypesOfTheJdkAndOfExportedPackages() throws Exception {
        ApiSurface surface = ApiSurface.of(CLASSES);
        assertThat(surface.types()).contains(Loader.class, PolicyObject.class, InstanceStatus.At.class);
        assertThat(surface.leaks()).isEmpty();
    }

    @Test
    void isAsRecorded() throws Exception {
        ApiSurface.of(CLASSES).checkRecorded("loader");
    }
}
