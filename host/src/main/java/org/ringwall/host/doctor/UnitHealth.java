// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.doctor;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.host.unit.UnitDropins;
import org.ringwall.host.unit.UnitFiles;
import org.ringwall.loader.model.Diagnosis;

/** The health of the drop-ins of systemd units that put policies in force when a unit starts. */
final class UnitHealth {
    private final UnitFiles files;

    UnitHealth(UnitFiles files) {
        this.files = files;
    }

    List<Diagnosis> all() {
        List<Diagnosis> found = new ArrayList<>();
        for (UnitDropins.Found dropin : new UnitDropins(files).all()) {
            String help = dropin.again().isEmpty()
                    ? "ringwall unit-dropin " + dropin.unit() + " OBJ.o --install"
                    : dropin.again();
            String name = "`" + dropin.file() + "` ";
            for (UnitDropins.Fault fault : dropin.faults()) {
                found.add(
                        fault.open()
                                ? Diagnosis.problem(
                                        dropin.unit(),
                                        "starts without its policies: " + fault.text(),
                                        "rename or remove that file, then: systemctl daemon-reload")
                                : Diagnosis.warning(dropin.unit(), name + fault.text(), help));
            }
            if (dropin.faults().isEmpty()) {
                found.add(Diagnosis.ok(dropin.unit(), name + "puts its policies in force before its processes"));
            }
        }
        return found;
    }
}
