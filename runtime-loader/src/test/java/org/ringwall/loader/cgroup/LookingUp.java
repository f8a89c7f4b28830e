// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Lookup;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;

/**
 * A process that looks up cgroups by id. It prints one line for each: the result, and whether the
 * cgroup can be opened.
 */
final class LookingUp {
    private LookingUp() {}

    public static void main(String[] ids) {
        KernelCgroups cgroups = KernelCgroups.ofThisMachine(new Host(Syscalls.ofThisMachine()));
        for (String id : ids) {
            System.out.println(line(cgroups, Long.parseLong(id)));
        }
    }

    private static String line(KernelCgroups cgroups, long id) {
        Lookup<Cgroup> answer = cgroups.byId(id);
        if (answer instanceof Lookup.Present<Cgroup> present) {
            try (Fd ignored = cgroups.open(present.value())) {
                return "opened " + present.value();
            }
        }
        return answer instanceof Lookup.Unknown<Cgroup> unknown ? "unknown: " + unknown.reason() : "gone";
    }
}
