// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.place;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CgroupLabelTest {
    private static final String ID = "0123456789abcdef".repeat(4);

    private static void shows(String path, String name, String unit, String container) {
        CgroupLabel label = CgroupLabel.of(Path.of(path));
        assertThat(label.name() + "|" + label.unit().orElse("") + "|"
                        + label.container().orElse(""))
                .isEqualTo(name + "|" + unit + "|" + container);
    }

    @Test
    void namesUnitsAndContainers() {
        shows("web", "web", "", "");
        shows("", "", "", "");
        shows("web.slice", "web.slice", "web.slice", "");
        shows("system.slice/nginx.service", "nginx.service", "nginx.service", "");
        shows("system.slice/_cgroup.service", "_cgroup.service", "cgroup.service", "");
        shows(
                "user.slice/user-1000.slice/user@1000.service/app.slice/a.service",
                "user@1000.service",
                "user@1000.service",
                "");
        String scope = "docker-" + ID + ".scope";
        shows("system.slice/" + scope, scope, scope, ID);
        shows("docker/" + ID, ID, "", ID);
        shows(
                "kubepods.slice/kubepods-pod1.slice/cri-containerd-" + ID + ".scope/init",
                "cri-containerd-" + ID + ".scope",
                "cri-containerd-" + ID + ".scope",
                ID);
    }

    /** A workload names the cgroups below its own. */
    @Test
    void namesBelowAUnitOrContainerDoNotCount() {
        String other = "f".repeat(64);
        shows("docker/" + ID + "/" + other, ID, "", ID);
        shows("docker/" + ID + "/docker-" + other + ".scope", ID, "", ID);
        shows(
                "machine.slice/libpod-" + ID + ".scope/container",
                "libpod-" + ID + ".scope",
                "libpod-" + ID + ".scope",
                ID);
        shows("system.slice/a.service/b.service", "a.service", "a.service", "");
        shows("system.slice/a.service/docker-" + other + ".scope", "a.service", "a.service", other);
        shows("web/b.service", "b.service", "", "");
    }
}
