// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.report.ReachReport;
import org.ringwall.testkit.ApiSurface;

/** A test of what the module exports to every module. */
final class ApiSurfaceTest {
    private static final Path CLASSES = Path.of("target/classes");

    @Test
    void exportsOnlyTheSupportedPackages() throws Exception {
        assertThat(ApiSurface.of(CLASSES).packages())
                .containsExactlyInAnyOrder("org.ringwall.compiler.api", "org.ringwall.compiler.report");
    }

    @Test
    void usesOnlyTypesOfTheJdkAndOfExportedPackages() throws Exception {
        ApiSurface surface = ApiSurface.of(CLASSES);
        assertThat(surface.types()).contains(Ringwall.class, Policy.class, ReachReport.BypassReport.class);
        assertThat(surface.leaks()).isEmpty();
    }

    @Test
    void isAsRecorded() throws Exception {
        ApiSurface.of(CLASSES).checkRecorded("compiler");
    }
}
