// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What people call a cgroup, beside its directory and id.
 *
 * @param unit the unit of the system's systemd to which it belongs
 * @param container the container to which it belongs
 */
public record CgroupName(Optional<String> unit, Optional<Container> container) {
    /** A cgroup without a name. */
    public static final CgroupName NONE = new CgroupName(Optional.empty(), Optional.empty());

    /** Returns the name as members of JSON: `unit`, `container` and the container's `labels`. */
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        unit.ifPresent(name -> fields.put("unit", name));
        container.ifPresent(each -> {
            fields.put("container", each.shown());
            Map<String, String> labels = each.shownLabels();
            if (!labels.isEmpty()) {
                fields.put("labels", labels);
            }
        });
        return fields;
    }
}
